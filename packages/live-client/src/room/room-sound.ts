import type { MediaFrame, Participant } from '@colloquy/live-protocol';
import { MediaCodec, MediaFlag, MODEL_PARTICIPANT_ID } from '@colloquy/live-protocol';
import type { PlaybackSource } from '../audio/playback.ts';
import type { PlaybackStatistics } from '../audio/playback-statistics.ts';
import type { Speaker } from '../audio/speaker.ts';

interface Voice {
  readonly source: PlaybackSource;
  readonly sampleRate: 16000 | 24000;
}

/** The voices of a room at the speaker: one source for the model and one for each other person. */
export class RoomSound {
  readonly #speaker: Speaker;
  readonly #sources = new Map<string, Voice>();

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
  }

  /** Plays a frame of the model or of `participantId`; codecs that this version does not speak are dropped. */
  play(participantId: string, frame: MediaFrame): void {
    const sampleRate = sampleRates[frame.codec];
    if (sampleRate === undefined) return;
    const source = this.#source(participantId, sampleRate);
    const samples = toSamples(frame.payload);
    if (samples.length > 0) source.push(samples, frame.turn === 0 ? {} : { turn: frame.turn });
    if (frame.flags & MediaFlag.endOfBurst) source.end();
  }

  /** Silences the model: its turn `turn` and earlier ones are over. */
  interruptModel(turn: number): void {
    this.#sources.get(MODEL_PARTICIPANT_ID)?.source.interrupt(turn);
  }

  /** Frees the sources of people who are not here any more. */
  retain(participants: readonly Participant[]): void {
    const here = new Set(participants.map(({ participantId }) => participantId));
    for (const [participantId, { source }] of this.#sources) {
      if (participantId === MODEL_PARTICIPANT_ID || here.has(participantId)) continue;
      source.dispose();
      this.#sources.delete(participantId);
    }
  }

  /** 0 to 1; 0 for somebody who was never heard. */
  level(participantId: string): number {
    return this.#sources.get(participantId)?.source.level ?? 0;
  }

  async statistics(participantId: string): Promise<PlaybackStatistics | null> {
    return (await this.#sources.get(participantId)?.source.statistics()) ?? null;
  }

  /** Frees every source; the speaker stays. */
  clear(): void {
    for (const { source } of this.#sources.values()) source.dispose();
    this.#sources.clear();
  }

  #source(participantId: string, sampleRate: 16000 | 24000): PlaybackSource {
    const known = this.#sources.get(participantId);
    if (known?.sampleRate === sampleRate) return known.source;
    // A sender that changed its codec: a source has one rate for its life.
    known?.source.dispose();
    const source = this.#speaker.source(participantId, { sampleRate });
    this.#sources.set(participantId, { source, sampleRate });
    return source;
  }
}

const sampleRates: Readonly<Partial<Record<MediaCodec, 16000 | 24000>>> = {
  [MediaCodec.pcm16k]: 16000,
  [MediaCodec.pcm24k]: 24000,
};

/** Samples as a view where the payload lies at an even address, which it does behind a header of 16 bytes. */
function toSamples(payload: Uint8Array): Int16Array<ArrayBuffer> {
  const bytes = payload.byteOffset % 2 === 0 ? payload : payload.slice();
  return new Int16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength >> 1);
}
