import { FEATURE_BANDS, FEATURE_HOP, FEATURE_RATE, type LogMel, logMel } from '../audio/log-mel.ts';
import { levelDbfs } from '../audio/pcm16.ts';
import { resample } from '../audio/resampler.ts';
import { PhraseTemplate, roundPicture } from './phrase-template.ts';
import type { TranscribedSegment, TranscribedUtterance, Transcriber } from './transcriber.ts';

/** A phrase and how it sounds. */
export interface SpokenPhrase {
  /** The words, as a transcript shows them. */
  readonly text: string;
  /** Mono 16-bit samples. */
  readonly samples: Int16Array;
  /** Samples per second. */
  readonly sampleRate: number;
  /** Who speaks: phrases of the same name have the same voice. */
  readonly voice?: string;
}

/** Options of {@link PhraseTranscriber}. */
export interface PhraseTranscriberOptions {
  /** Phrases known from the start. */
  readonly phrases?: readonly SpokenPhrase[];
  /**
   * Share of a phrase's salient cells that has to fit, 0 to 1.
   * Clean phrases score about 1, a phrase under another one of three times its amplitude about 0.55, anything else
   * stays below 0.3.
   * @defaultValue 0.38
   */
  readonly threshold?: number;
}

const DEFAULT_THRESHOLD = 0.38;
/** Shortest phrase worth registering: below it chance matches become likely. */
const SHORTEST_PHRASE_SECONDS = 0.6;
/** Everything below this level is silence, in dBFS. */
const SILENCE_DBFS = -60;
/** A frame is sound when its loudest band is within this of the utterance's loudest, in dB. */
const ACTIVE_RANGE_DB = 30;
/** Pauses up to this many frames belong to the speech around them. */
const BRIDGED_FRAMES = 40;
/** Unknown speech beside known phrases is mentioned from this length on. */
const LEAST_UNKNOWN_FRAMES = 60;
/** A match may reach this many frames less far than the sound it explains (reverberation, trimmed margins). */
const SLACK_FRAMES = 25;

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * An ear that knows exactly the phrases it was given, also when they are softer or louder, resampled, or mixed with
 * each other. What it does not know it reports as `[speech 1.8 s]`; it never guesses words.
 */
export class PhraseTranscriber implements Transcriber {
  readonly #threshold: number;
  readonly #phrases: { readonly text: string; readonly voice: string | null; readonly template: PhraseTemplate }[] = [];

  constructor(options: PhraseTranscriberOptions = {}) {
    this.#threshold = options.threshold ?? DEFAULT_THRESHOLD;
    if (!(this.#threshold > 0 && this.#threshold <= 1)) {
      throw new RangeError(`threshold is ${this.#threshold}; give a share above 0 and up to 1.`);
    }
    for (const phrase of options.phrases ?? []) this.register(phrase);
  }

  /** Teaches one more phrase; sessions that run hear it from their next utterance on. */
  register(phrase: SpokenPhrase): void {
    const seconds = phrase.samples.length / phrase.sampleRate;
    if (!(seconds >= SHORTEST_PHRASE_SECONDS)) {
      throw new RangeError(
        `The phrase "${phrase.text}" lasts ${seconds.toFixed(2)} s; give audio of at least ${SHORTEST_PHRASE_SECONDS} s.`,
      );
    }
    if (levelDbfs(phrase.samples) < SILENCE_DBFS) {
      throw new RangeError(`The audio of the phrase "${phrase.text}" is silent; give audio in which it is spoken.`);
    }
    const samples = resample(phrase.samples, phrase.sampleRate, FEATURE_RATE);
    this.#phrases.push({ text: phrase.text, voice: phrase.voice ?? null, template: new PhraseTemplate(samples) });
  }

  transcribe(samples: Int16Array): TranscribedUtterance {
    if (loudestLevel(samples) < SILENCE_DBFS) return { text: '', segments: [] };
    // Where nothing can be recognised, the expensive picture is not worth making.
    const picture = this.#phrases.length === 0 ? null : logMel(samples);
    const known = picture ? this.#knownSegments(picture) : [];
    const active = activeSpans(picture ? loudestBands(picture) : frameLevels(samples));
    const segments = [...known, ...unknownSegments(active, known)].sort((a, b) => a.start - b.start).map(toSegment);
    return { text: segments.map((segment) => segment.text).join(' '), segments };
  }

  #knownSegments(picture: LogMel): KnownSegment[] {
    const rounded = roundPicture(picture);
    return this.#phrases.flatMap(({ text, voice, template }) =>
      template.findIn(rounded, this.#threshold).map((match) => ({
        text,
        voice,
        start: Math.max(0, match.startFrame),
        end: Math.min(picture.frames, match.startFrame + template.frames),
      })),
    );
  }
}

interface KnownSegment extends Span {
  readonly text: string | null;
  readonly voice: string | null;
}

function toSegment(span: KnownSegment): TranscribedSegment {
  const toMs = (frame: number): number => (frame * FEATURE_HOP * 1000) / FEATURE_RATE;
  const seconds = (toMs(span.end) - toMs(span.start)) / 1000;
  return {
    text: span.text ?? `[speech ${seconds.toFixed(1)} s]`,
    recognized: span.text !== null,
    ...(span.voice === null ? {} : { speaker: span.voice }),
    startMs: toMs(span.start),
    endMs: toMs(span.end),
  };
}

/** Sound that no known phrase explains. With nothing known, all of it is one segment. */
function unknownSegments(active: readonly Span[], known: readonly KnownSegment[]): KnownSegment[] {
  const first = active[0];
  const last = active.at(-1);
  if (!first || !last) return [];
  if (known.length === 0) return [{ text: null, voice: null, start: first.start, end: last.end }];
  return active
    .flatMap((span) => subtract(span, known))
    .filter((span) => span.end - span.start >= LEAST_UNKNOWN_FRAMES)
    .map((span) => ({ text: null, voice: null, ...span }));
}

function subtract(span: Span, known: readonly Span[]): Span[] {
  return known.reduce<Span[]>(
    (rest, { start, end }) =>
      rest
        .flatMap((piece) => [
          { start: piece.start, end: Math.min(piece.end, start - SLACK_FRAMES) },
          { start: Math.max(piece.start, end + SLACK_FRAMES), end: piece.end },
        ])
        .filter((piece) => piece.end > piece.start),
    [span],
  );
}

/** Level of the loudest band in each frame. */
function loudestBands(picture: LogMel): number[] {
  return Array.from({ length: picture.frames }, (_, frame) =>
    picture.levels.subarray(frame * FEATURE_BANDS, (frame + 1) * FEATURE_BANDS).reduce((a, b) => Math.max(a, b)),
  );
}

/** Level of each frame as a whole. */
function frameLevels(samples: Int16Array): number[] {
  return Array.from({ length: Math.floor(samples.length / FEATURE_HOP) }, (_, frame) =>
    levelDbfs(samples.subarray(frame * FEATURE_HOP, (frame + 1) * FEATURE_HOP)),
  );
}

function activeSpans(peaks: readonly number[]): Span[] {
  const threshold = peaks.reduce((a, b) => Math.max(a, b)) - ACTIVE_RANGE_DB;
  const spans: { start: number; end: number }[] = [];
  peaks.forEach((peak, frame) => {
    if (peak < threshold) return;
    const last = spans.at(-1);
    if (last && frame - last.end <= BRIDGED_FRAMES) last.end = frame + 1;
    else spans.push({ start: frame, end: frame + 1 });
  });
  return spans;
}

/** Level of the loudest tenth of a second, in dBFS. */
function loudestLevel(samples: Int16Array): number {
  const window = FEATURE_RATE / 10;
  let loudest = -120;
  for (let start = 0; start < samples.length; start += window) {
    loudest = Math.max(loudest, levelDbfs(samples.subarray(start, start + window)));
  }
  return loudest;
}
