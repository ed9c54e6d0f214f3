/** Longest answer that waits to be heard, in samples at 24 kHz: two minutes. */
const MAX_SAMPLES = 2 * 60 * 24_000;

/**
 * The model's voice between being made, faster than real time, and being heard. What was interrupted is never heard, so it
 * is not recorded either.
 */
export class AnswerQueue {
  readonly #waiting: Int16Array[] = [];
  #samples = 0;

  push(samples: Int16Array): void {
    if (this.#samples + samples.length > MAX_SAMPLES) return;
    this.#waiting.push(samples.slice());
    this.#samples += samples.length;
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#samples = 0;
  }

  /** At most `count` samples, in order. */
  take(count: number): Int16Array {
    const taken = new Int16Array(Math.min(count, this.#samples));
    let filled = 0;
    while (filled < taken.length) {
      const first = this.#waiting[0] as Int16Array;
      const piece = first.subarray(0, taken.length - filled);
      taken.set(piece, filled);
      filled += piece.length;
      if (piece.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(piece.length);
    }
    this.#samples -= taken.length;
    return taken;
  }
}
