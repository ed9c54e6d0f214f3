import type { MediaFrame, Participant } from '@colloquy/live-protocol';
import { MediaCodec, MediaFlag, MODEL_PARTICIPANT_ID } from '@colloquy/live-protocol';
import { checkVolume, type PlaybackSource } from '../audio/playback.ts';
import type { PlaybackStatistics } from '../audio/playback-statistics.ts';
import type { Speaker } from '../audio/speaker.ts';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import type { OpusDecoder } from '../codecs/opus-decoder.ts';

type SampleRate = 16_000 | 24_000 | 48_000;

interface Voice {
  readonly source: PlaybackSource;
  readonly sampleRate: SampleRate;
}

/** How loud somebody is played here. */
interface Loudness {
  readonly volume: number;
  readonly muted: boolean;
}

const AS_IT_COMES: Loudness = { volume: 1, muted: false };
const RATES: readonly number[] = [16_000, 24_000, 48_000] satisfies SampleRate[];

/** The voices of a room at the speaker: one source for the model and one for each other person. */
export class RoomSound {
  readonly #speaker: Speaker;
  readonly #codecs: CodecLoader;
  readonly #voices = new Map<string, Voice>();
  readonly #decoders = new Map<string, OpusDecoder>();
  /** Kept while this client lives: who comes back is as loud as before. */
  readonly #loudness = new Map<string, Loudness>();

  constructor(speaker: Speaker, codecs: CodecLoader) {
    this.#speaker = speaker;
    this.#codecs = codecs;
  }

  /** Plays a frame of the model or of `participantId`; codecs that this version does not speak are dropped. */
  play(participantId: string, frame: MediaFrame): void {
    const isLast = (frame.flags & MediaFlag.endOfBurst) !== 0;
    if (frame.codec === MediaCodec.opus) {
      const decoder = this.#decoder(participantId);
      if (frame.payload.byteLength > 0) decoder?.decode(frame.payload);
      if (isLast) decoder?.end();
      return;
    }
    const sampleRate = plainRates[frame.codec];
    if (sampleRate === undefined) return;
    const samples = toSamples(frame.payload);
    if (samples.length > 0) {
      this.#source(participantId, sampleRate).push(samples, frame.turn === 0 ? {} : { turn: frame.turn });
    }
    if (!isLast) return;
    // The end of a burst of Opus comes as a frame without sound: it is over when everything before it is decoded.
    const decoder = samples.length === 0 ? this.#decoders.get(participantId) : undefined;
    if (decoder) decoder.end();
    else this.#voices.get(participantId)?.source.end();
  }

  /** Silences the model: its turn `turn` and earlier ones are over. */
  interruptModel(turn: number): void {
    this.#voices.get(MODEL_PARTICIPANT_ID)?.source.interrupt(turn);
  }

  /** Frees the sources of people who are not here any more. */
  retain(participants: readonly Participant[]): void {
    const here = new Set(participants.map(({ participantId }) => participantId));
    // A decoder may be there before its voice is, which begins with the first sound.
    for (const participantId of [...this.#voices.keys(), ...this.#decoders.keys()]) {
      if (participantId !== MODEL_PARTICIPANT_ID && !here.has(participantId)) this.#free(participantId);
    }
  }

  /** 0 to 1; 0 for somebody who was never heard. */
  level(participantId: string): number {
    return this.#voices.get(participantId)?.source.level ?? 0;
  }

  loudness(participantId: string): Loudness {
    return this.#loudness.get(participantId) ?? AS_IT_COMES;
  }

  /** @throws RangeError when the volume is not from 0 to 1. */
  setLoudness(participantId: string, change: Partial<Loudness>): void {
    if (change.volume !== undefined) checkVolume(change.volume);
    const loudness = { ...this.loudness(participantId), ...change };
    this.#loudness.set(participantId, loudness);
    const source = this.#voices.get(participantId)?.source;
    if (source) source.volume = toGain(loudness);
  }

  async statistics(participantId: string): Promise<PlaybackStatistics | null> {
    return (await this.#voices.get(participantId)?.source.statistics()) ?? null;
  }

  /** Frees every source; the speaker stays. */
  clear(): void {
    for (const participantId of [...this.#voices.keys(), ...this.#decoders.keys()]) this.#free(participantId);
  }

  #free(participantId: string): void {
    this.#voices.get(participantId)?.source.dispose();
    this.#voices.delete(participantId);
    this.#decoders.get(participantId)?.close();
    this.#decoders.delete(participantId);
  }

  #decoder(participantId: string): OpusDecoder | undefined {
    const known = this.#decoders.get(participantId);
    const { loaded } = this.#codecs;
    // Opus comes only to those who said that they decode it, which is after this was loaded.
    if (known || !loaded) return known;
    const decoder = new loaded.OpusDecoder({
      samples: (samples, sampleRate) => {
        if (RATES.includes(sampleRate)) this.#source(participantId, sampleRate as SampleRate).push(samples);
      },
      burstEnded: () => this.#voices.get(participantId)?.source.end(),
    });
    this.#decoders.set(participantId, decoder);
    return decoder;
  }

  #source(participantId: string, sampleRate: SampleRate): PlaybackSource {
    const known = this.#voices.get(participantId);
    if (known?.sampleRate === sampleRate) return known.source;
    // A sender that changed its codec: a source has one rate for its life.
    known?.source.dispose();
    const live = participantId !== MODEL_PARTICIPANT_ID;
    const source = this.#speaker.source(participantId, { sampleRate, live });
    const loudness = this.#loudness.get(participantId);
    if (loudness) source.volume = toGain(loudness);
    this.#voices.set(participantId, { source, sampleRate });
    return source;
  }
}

const plainRates: Readonly<Partial<Record<MediaCodec, SampleRate>>> = {
  [MediaCodec.pcm16k]: 16_000,
  [MediaCodec.pcm24k]: 24_000,
};

function toGain({ volume, muted }: Loudness): number {
  return muted ? 0 : volume;
}

/** Samples as a view where the payload lies at an even address, which it does behind a header of 16 bytes. */
function toSamples(payload: Uint8Array): Int16Array<ArrayBuffer> {
  const bytes = payload.byteOffset % 2 === 0 ? payload : payload.slice();
  return new Int16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength >> 1);
}
