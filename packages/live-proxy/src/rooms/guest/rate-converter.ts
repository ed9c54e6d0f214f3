/**
 * Changes the rate of a stream of 16-bit samples: each output sample is the mean of the input it covers. Good enough for
 * speech, which is all that clients with another microphone rate send.
 */
export class RateConverter {
  /** Input samples per output sample. */
  readonly #step: number;
  /** Input that has not been covered yet; `#at` is where the next output sample begins in it. */
  #rest: Int16Array = new Int16Array(0);
  #at = 0;

  constructor(fromRate: number, toRate: number) {
    this.#step = fromRate / toRate;
  }

  push(samples: Int16Array): Int16Array {
    const input = new Int16Array(this.#rest.length + samples.length);
    input.set(this.#rest);
    input.set(samples, this.#rest.length);
    const count = Math.max(0, Math.floor((input.length - this.#at) / this.#step));
    const output = new Int16Array(count);
    for (let index = 0; index < count; index += 1) {
      output[index] = Math.round(mean(input, this.#at + index * this.#step, this.#at + (index + 1) * this.#step));
    }
    const end = this.#at + count * this.#step;
    const keepFrom = Math.min(input.length, Math.floor(end));
    this.#rest = input.slice(keepFrom);
    this.#at = end - keepFrom;
    return output;
  }
}

/** Mean over `from`…`to`, which may lie between samples: the first and the last count for the part that is covered. */
function mean(input: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let index = Math.floor(from); index < to; index += 1) {
    const covered = Math.min(to, index + 1) - Math.max(from, index);
    sum += (input[index] ?? 0) * covered;
  }
  return sum / (to - from);
}
