import { Limiter } from '../audio/limiter.ts';

/** How much may be under way: voices come late, but not later than this. */
const WINDOW_MS = 2_000;
const FRAME_MS = 20;

/** Takes frames as they are done. */
export type TakeFrame = (atSample: number, frame: Int16Array) => void;

/**
 * The last two seconds of a track: sound is put, and added, wherever it belongs by its own time, and leaves in frames once
 * nothing more can come for them. Frames without any sound do not leave at all.
 */
export class TrackWindow {
  readonly #frameSamples: number;
  readonly #frames: number;
  readonly #sums: Int32Array;
  readonly #used: Uint8Array;
  readonly #out: Int16Array;
  readonly #limiter = new Limiter();
  readonly #take: TakeFrame;
  /** Number of the first frame that has not left. */
  #next = 0;

  constructor(sampleRate: number, take: TakeFrame) {
    this.#frameSamples = (sampleRate * FRAME_MS) / 1_000;
    this.#frames = WINDOW_MS / FRAME_MS;
    this.#sums = new Int32Array(this.#frames * this.#frameSamples);
    this.#used = new Uint8Array(this.#frames);
    this.#out = new Int16Array(this.#frameSamples);
    this.#take = take;
  }

  /** Adds sound; what comes for frames that have left is dropped, what lies beyond the window lets the oldest leave. */
  add(atSample: number, samples: Int16Array): void {
    const lastFrame = Math.floor((atSample + samples.length - 1) / this.#frameSamples);
    if (lastFrame >= this.#next + this.#frames) this.finish((lastFrame - this.#frames + 1) * this.#frameSamples);
    const first = Math.max(0, this.#next * this.#frameSamples - atSample);
    for (let index = first; index < samples.length; index += 1) {
      const place = (atSample + index) % this.#sums.length;
      this.#sums[place] = (this.#sums[place] ?? 0) + (samples[index] ?? 0);
    }
    for (let frame = Math.floor((atSample + first) / this.#frameSamples); frame <= lastFrame; frame += 1) {
      if (frame >= this.#next) this.#used[frame % this.#frames] = 1;
    }
  }

  /** Nothing comes any more for what lies before this sample. */
  finish(beforeSample: number): void {
    const end = Math.floor(beforeSample / this.#frameSamples);
    // Beyond the window there is nothing to look at.
    for (let frame = this.#next; frame < Math.min(end, this.#next + this.#frames); frame += 1) this.#leave(frame);
    this.#next = Math.max(this.#next, end);
  }

  #leave(frame: number): void {
    const slot = frame % this.#frames;
    if (this.#used[slot] === 0) return;
    this.#used[slot] = 0;
    const sums = this.#sums.subarray(slot * this.#frameSamples, (slot + 1) * this.#frameSamples);
    this.#limiter.process(sums, this.#out);
    sums.fill(0);
    this.#take(frame * this.#frameSamples, this.#out);
  }
}
