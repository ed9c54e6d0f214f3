/** Cuts a stream of samples into frames of one length. */
export class Framer {
  readonly frameLength: number;
  readonly #frame: Float32Array;
  #filled = 0;

  constructor({ frameLength }: { readonly frameLength: number }) {
    if (!Number.isInteger(frameLength) || frameLength <= 0) {
      throw new RangeError(`frameLength is ${frameLength}; give a whole number of samples above 0.`);
    }
    this.frameLength = frameLength;
    this.#frame = new Float32Array(frameLength);
  }

  /**
   * Takes the first `count` samples and calls `emit` for each frame that becomes full.
   *
   * @param emit - gets the framer's own buffer: copy out of it, the next frame overwrites it.
   */
  push(samples: Float32Array, count: number, emit: (frame: Float32Array) => void): void {
    for (let index = 0; index < count; index++) {
      this.#frame[this.#filled] = samples[index] ?? 0;
      this.#filled += 1;
      if (this.#filled < this.frameLength) continue;
      this.#filled = 0;
      emit(this.#frame);
    }
  }

  /** Forgets the samples of the unfinished frame. */
  reset(): void {
    this.#filled = 0;
  }
}
