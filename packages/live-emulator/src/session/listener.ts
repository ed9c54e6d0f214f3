import { Resampler } from '../audio/resampler.ts';
import {
  VOICE_ACTIVITY_RATE,
  VoiceActivityDetector,
  type VoiceActivityEdge,
  type VoiceActivityOptions,
} from '../audio/voice-activity.ts';
import { UtteranceBuffer } from './utterance-buffer.ts';

/** Audio handed to the transcriber from before the start of speech, so that its first consonant is not lost. */
const PRE_ROLL_SAMPLES = 0.3 * VOICE_ACTIVITY_RATE;
/** Longest utterance kept; the end of a longer one is what is transcribed. */
const LONGEST_UTTERANCE_SAMPLES = 120 * VOICE_ACTIVITY_RATE;

/** A stretch of speech. */
export interface Utterance {
  /** Mono, 16 kHz; begins a little before the speech. */
  readonly samples: Int16Array;
  /** Where `samples` begins in the audio of this connection, in milliseconds. */
  readonly samplesStartMs: number;
  /** Where it lies in the audio of this connection, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What a {@link Listener} tells. */
export interface ListenerEvents {
  readonly started: (atMs: number) => void;
  readonly ended: (utterance: Utterance) => void;
}

/** Turns a stream of audio chunks of any rate into utterances: by voice activity, or between two marks of the client. */
export class Listener {
  readonly #events: ListenerEvents;
  readonly #detector: VoiceActivityDetector | null;
  readonly #buffer = new UtteranceBuffer({ mostSamples: LONGEST_UTTERANCE_SAMPLES });
  #resampler: { readonly fromRate: number; readonly resampler: Resampler } | null = null;
  /** Samples kept between utterances: the pre-roll, and what passes before a start is committed. */
  readonly #keptSamples: number;
  /** Position of the sample at which the present utterance begins; `null` between utterances. */
  #utteranceStart: number | null = null;

  constructor(options: {
    /** `null`: the client marks activity. */ readonly voiceActivity: VoiceActivityOptions | null;
    readonly events: ListenerEvents;
  }) {
    this.#events = options.events;
    this.#detector = options.voiceActivity ? new VoiceActivityDetector(options.voiceActivity) : null;
    this.#keptSamples = PRE_ROLL_SAMPLES * 2 + toSamples(options.voiceActivity?.prefixPaddingMs ?? 0);
  }

  /** Whether somebody speaks, or the client marked an activity. */
  get isActive(): boolean {
    return this.#utteranceStart !== null;
  }

  /** Where the audio is, in milliseconds since it began. */
  get positionMs(): number {
    return toMs(this.#buffer.end);
  }

  /** What was said of the present utterance so far; empty between utterances. */
  presentSamples(): Int16Array {
    if (this.#utteranceStart === null) return new Int16Array(0);
    return this.#buffer.slice(Math.max(0, this.#utteranceStart - PRE_ROLL_SAMPLES), this.#buffer.end);
  }

  /** Takes one chunk; every edge of speech in it is told before this returns. */
  push(samples: Int16Array, sampleRate: number): void {
    const heard = this.#toListeningRate(samples, sampleRate);
    this.#buffer.add(heard);
    for (const edge of this.#detector?.push(heard) ?? []) this.#pass(edge);
    if (this.#utteranceStart === null) this.#buffer.forgetBefore(this.#buffer.end - this.#keptSamples);
  }

  /** The client's microphone pauses: speech that was going on is over. */
  pause(): void {
    for (const edge of this.#detector?.flush() ?? []) this.#pass(edge);
  }

  /** The client marks the start of an activity. A second start goes on with the first. */
  markStart(): void {
    if (this.#utteranceStart !== null) return;
    this.#utteranceStart = this.#buffer.end;
    this.#events.started(toMs(this.#buffer.end));
  }

  /** The client marks its end. Without a start it means nothing; returns whether there was one. */
  markEnd(): boolean {
    if (this.#utteranceStart === null) return false;
    this.#end(this.#buffer.end, this.#buffer.end);
    return true;
  }

  #pass(edge: VoiceActivityEdge): void {
    const position = toSamples(edge.atMs);
    if (edge.edge === 'start') {
      this.#utteranceStart = position;
      this.#events.started(edge.atMs);
    } else {
      this.#end(position, edge.decidedAtSample);
    }
  }

  #end(speechEnd: number, sliceEnd: number): void {
    const start = this.#utteranceStart ?? speechEnd;
    this.#utteranceStart = null;
    const from = this.#detector ? Math.max(0, start - PRE_ROLL_SAMPLES) : start;
    this.#events.ended({
      samples: this.#buffer.slice(from, sliceEnd),
      samplesStartMs: toMs(from),
      startMs: toMs(start),
      endMs: toMs(speechEnd),
    });
  }

  #toListeningRate(samples: Int16Array, sampleRate: number): Int16Array {
    if (sampleRate === VOICE_ACTIVITY_RATE) return samples;
    if (this.#resampler?.fromRate !== sampleRate) {
      const resampler = new Resampler({ fromRate: sampleRate, toRate: VOICE_ACTIVITY_RATE });
      this.#resampler = { fromRate: sampleRate, resampler };
    }
    return this.#resampler?.resampler.push(samples) ?? samples;
  }
}

function toMs(samples: number): number {
  return (samples * 1000) / VOICE_ACTIVITY_RATE;
}

function toSamples(ms: number): number {
  return Math.round((ms * VOICE_ACTIVITY_RATE) / 1000);
}
