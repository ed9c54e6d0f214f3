import { concatSamples } from '../audio/pcm16.ts';

/** The newest part of a stream of samples, addressed by position in the stream. */
export class UtteranceBuffer {
  readonly #mostSamples: number;
  #parts: Int16Array[] = [];
  /** Position of the first sample kept. */
  #start = 0;
  #end = 0;

  constructor(options: { /** Samples kept at most, whatever is asked for. */ readonly mostSamples: number }) {
    this.#mostSamples = options.mostSamples;
  }

  /** Position behind the newest sample: how many samples there have been. */
  get end(): number {
    return this.#end;
  }

  add(samples: Int16Array): void {
    this.#parts.push(samples);
    this.#end += samples.length;
    this.forgetBefore(this.#end - this.#mostSamples);
  }

  /** Lets go of whole parts that end before `position`. */
  forgetBefore(position: number): void {
    for (let first = this.#parts[0]; first && this.#start + first.length <= position; first = this.#parts[0]) {
      this.#start += first.length;
      this.#parts.shift();
    }
  }

  /** Samples from one position to another, as far as they are kept. */
  slice(from: number, to: number): Int16Array {
    const whole = concatSamples(this.#parts);
    return whole.slice(Math.max(0, from - this.#start), Math.max(0, to - this.#start));
  }
}
