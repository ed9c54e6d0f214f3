import { formatDuration, type Transcription } from '@colloquy/live-protocol';
import type { TranscribedSegment } from '../transcriber/transcriber.ts';

/** What a setup asks to know about each utterance beyond its words. */
export interface TranscriptionDetail {
  readonly words: boolean;
  readonly speakers: boolean;
  /** The first language hint; the service's own guess where there is none. */
  readonly languageCode: string;
}

/** Labels of the speakers of one session: `spk_1` for whoever speaks first. */
export class SpeakerLabels {
  readonly #names: string[] = [];

  /** The label of a speaker; those that the transcriber cannot tell apart share one. */
  of(name: string): string {
    if (!this.#names.includes(name)) this.#names.push(name);
    return `spk_${this.#names.indexOf(name) + 1}`;
  }
}

/** One transcription per segment, with the offsets that were asked for. `startMs`: where the utterance's audio begins. */
export function detailTranscriptions(
  segments: readonly TranscribedSegment[],
  startMs: number,
  detail: TranscriptionDetail,
  labels: SpeakerLabels,
): Transcription[] {
  return segments.map((segment) => {
    const from = startMs + segment.startMs;
    const to = startMs + segment.endMs;
    return {
      text: segment.text,
      languageCode: detail.languageCode,
      ...(detail.speakers ? { speakerLabel: labels.of(segment.speaker ?? '') } : {}),
      ...(detail.words ? { ...offsets(from, to), words: layOutWords(segment.text, from, to) } : {}),
      finished: true,
    };
  });
}

/** Where a word lies follows from the lengths of the words, as with the model's own speech. */
function layOutWords(text: string, startMs: number, endMs: number): NonNullable<Transcription['words']> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let before = 0;
  return words.map((word) => {
    const at = (position: number): number => startMs + ((endMs - startMs) * position) / letters;
    const from = at(before);
    before += word.length;
    return { word, ...offsets(from, at(before)) };
  });
}

function offsets(startMs: number, endMs: number): { startOffset: string; endOffset: string } {
  return { startOffset: formatDuration(Math.round(startMs)), endOffset: formatDuration(Math.round(endMs)) };
}
