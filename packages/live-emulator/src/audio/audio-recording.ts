import { concatSamples } from './pcm16.ts';
import type { PcmAudio } from './wav.ts';

/** Width of one bucket of the arrival timeline, in milliseconds. */
export const TIMELINE_BUCKET_MS = 250;
const CHUNKS_PER_BLOCK = 500;
/** Longest timeline kept: half an hour. */
const MOST_BUCKETS = (30 * 60 * 1000) / TIMELINE_BUCKET_MS;

/** When audio arrived: enough to tell whether one second came per second. */
export interface AudioTimeline {
  /** Wall-clock time of the first chunk, in milliseconds since the Unix epoch; `null` before it. */
  readonly startedAtMs: number | null;
  /** Wall-clock time of the newest chunk. */
  readonly lastAtMs: number | null;
  /** Width of a bucket. */
  readonly bucketMs: number;
  /** Milliseconds of audio that arrived in each bucket since `startedAtMs`. */
  readonly audioMsPerBucket: readonly number[];
}

/**
 * The audio of one session exactly as it was received, bounded, with the times of its arrival.
 * When it is full the newest audio is counted and no longer kept, so that what is kept has no hole.
 */
export class AudioRecording {
  readonly #mostSeconds: number;
  /** What came, in long blocks, and behind them what came last. */
  #parts: Int16Array[] = [];
  #recent: Int16Array[] = [];
  #sampleRate = 16_000;
  #kept = 0;
  #chunks = 0;
  #seconds = 0;
  #startedAtMs: number | null = null;
  #lastAtMs: number | null = null;
  readonly #buckets: number[] = [];

  constructor(options: { /** Audio kept at most. */ readonly mostSeconds: number }) {
    this.#mostSeconds = options.mostSeconds;
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** Seconds received, kept or not. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Bytes this recording holds in memory. */
  get keptBytes(): number {
    return this.#kept * 2;
  }

  /** Adds a chunk. The first one decides the rate of the recording; `samples` must not change afterwards. */
  add(samples: Int16Array, sampleRate: number, nowMs: number): void {
    if (this.#chunks === 0) this.#sampleRate = sampleRate;
    this.#chunks += 1;
    this.#seconds += samples.length / sampleRate;
    this.#startedAtMs ??= nowMs;
    this.#lastAtMs = nowMs;
    this.#count(nowMs - this.#startedAtMs, (samples.length * 1000) / sampleRate);
    if (this.#kept + samples.length > this.#mostSeconds * this.#sampleRate) return;
    this.#recent.push(samples);
    this.#kept += samples.length;
    // Half an hour of 20 ms chunks would otherwise be 90,000 little arrays.
    if (this.#recent.length >= CHUNKS_PER_BLOCK) this.#joinRecent();
  }

  /** Everything kept, one chunk after the other. */
  audio(): PcmAudio {
    return { samples: concatSamples([...this.#parts, ...this.#recent]), sampleRate: this.#sampleRate };
  }

  timeline(): AudioTimeline {
    return {
      startedAtMs: this.#startedAtMs,
      lastAtMs: this.#lastAtMs,
      bucketMs: TIMELINE_BUCKET_MS,
      audioMsPerBucket: [...this.#buckets],
    };
  }

  /** Gives the memory back; counts and times stay. */
  forgetAudio(): void {
    this.#parts = [];
    this.#recent = [];
    this.#kept = 0;
  }

  #joinRecent(): void {
    this.#parts.push(concatSamples(this.#recent));
    this.#recent = [];
  }

  #count(sinceStartMs: number, audioMs: number): void {
    const bucket = Math.floor(Math.max(0, sinceStartMs) / TIMELINE_BUCKET_MS);
    if (bucket >= MOST_BUCKETS) return;
    while (this.#buckets.length <= bucket) this.#buckets.push(0);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + audioMs;
  }
}
