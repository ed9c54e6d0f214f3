import { FRAME_SAMPLES } from './format.ts';
import { Limiter, type LimiterOptions } from './limiter.ts';

/** Adds up the voices of one tick. The sum is kept in 32 bits until the limiter has seen it, so that nothing wraps. */
export class Mixer {
  readonly #sum = new Int32Array(FRAME_SAMPLES);
  readonly #out = new Int16Array(FRAME_SAMPLES);
  readonly #limiter: Limiter;

  constructor(options: LimiterOptions = {}) {
    this.#limiter = new Limiter(options);
  }

  /** Adds one voice to the frame under way; its gain goes from one value to the other over the frame. */
  add(frame: Int16Array, fromGain = 1, toGain: number = fromGain): void {
    const sum = this.#sum;
    if (fromGain === 1 && toGain === 1) {
      for (let index = 0; index < FRAME_SAMPLES; index += 1) sum[index] = (sum[index] ?? 0) + (frame[index] ?? 0);
      return;
    }
    const step = (toGain - fromGain) / FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index += 1) {
      sum[index] = (sum[index] ?? 0) + (frame[index] ?? 0) * (fromGain + step * index);
    }
  }

  /** @returns the mixed frame, in a buffer that the next call uses again; silence when nobody was added. */
  finish(): Int16Array {
    this.#limiter.process(this.#sum, this.#out);
    this.#sum.fill(0);
    return this.#out;
  }
}
