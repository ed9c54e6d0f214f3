import { fromSample, toSample } from './pcm16.ts';

/** Limits of a {@link RingBuffer}. */
export interface RingBufferOptions {
  /** Most samples it holds. */
  readonly maxSamples: number;
  /** Samples there is room for from the beginning. @defaultValue 4096 */
  readonly initialSamples?: number;
}

/**
 * A queue of 16-bit samples. Reading allocates nothing; writing allocates only while the queue is longer than ever
 * before, doubling up to the limit.
 */
export class RingBuffer {
  readonly maxSamples: number;
  #samples: Int16Array;
  #start = 0;
  #length = 0;

  constructor({ maxSamples, initialSamples = 4096 }: RingBufferOptions) {
    if (!Number.isInteger(maxSamples) || maxSamples <= 0) {
      throw new RangeError(`maxSamples is ${maxSamples}; give a whole number above 0.`);
    }
    this.maxSamples = maxSamples;
    this.#samples = new Int16Array(Math.min(maxSamples, initialSamples));
  }

  /** Samples waiting. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends as much of the first `length` samples as the limit allows.
   *
   * @returns how many were appended.
   */
  write(samples: Int16Array, length: number = samples.length): number {
    const count = Math.min(length, this.maxSamples - this.#length);
    if (this.#length + count > this.#samples.length) this.#grow(this.#length + count);
    const capacity = this.#samples.length;
    let at = (this.#start + this.#length) % capacity;
    for (let index = 0; index < count; index++) {
      this.#samples[at] = samples[index] ?? 0;
      at = at + 1 === capacity ? 0 : at + 1;
    }
    this.#length += count;
    return count;
  }

  /**
   * Moves up to `count` samples into `output` as floats, beginning at `offset`.
   *
   * @returns how many there were.
   */
  read(output: Float32Array, count: number, offset: number = 0): number {
    const available = Math.min(count, this.#length);
    const capacity = this.#samples.length;
    let at = this.#start;
    for (let index = 0; index < available; index++) {
      output[offset + index] = fromSample(this.#samples[at] ?? 0);
      at = at + 1 === capacity ? 0 : at + 1;
    }
    this.#start = at;
    this.#length -= available;
    return available;
  }

  /**
   * Forgets up to `count` of the oldest samples.
   *
   * @returns how many there were.
   */
  skip(count: number): number {
    const skipped = Math.min(count, this.#length);
    this.#start = (this.#start + skipped) % this.#samples.length;
    this.#length -= skipped;
    return skipped;
  }

  /**
   * Forgets up to `count` of the oldest samples, and blends the first `blend` of them into those that follow, so that
   * the jump is not heard as a click.
   *
   * @returns how many were forgotten.
   */
  skipBlended(count: number, blend: number): number {
    const skipped = Math.min(count, this.#length);
    const length = Math.min(blend, skipped, this.#length - skipped);
    const capacity = this.#samples.length;
    for (let index = 0; index < length; index++) {
      const from = (this.#start + index) % capacity;
      const to = (this.#start + skipped + index) % capacity;
      const share = (index + 1) / (length + 1);
      const old = fromSample(this.#samples[from] ?? 0);
      const next = fromSample(this.#samples[to] ?? 0);
      this.#samples[to] = toSample(old * (1 - share) + next * share);
    }
    return this.skip(skipped);
  }

  /** Forgets everything; keeps the memory. */
  clear(): void {
    this.#start = 0;
    this.#length = 0;
  }

  #grow(needed: number): void {
    let capacity = Math.max(1, this.#samples.length);
    while (capacity < needed) capacity *= 2;
    const grown = new Int16Array(Math.min(capacity, this.maxSamples));
    const untilEnd = this.#samples.subarray(this.#start, this.#start + this.#length);
    grown.set(untilEnd);
    grown.set(this.#samples.subarray(0, this.#length - untilEnd.length), untilEnd.length);
    this.#samples = grown;
    this.#start = 0;
  }
}
