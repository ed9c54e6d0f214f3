/** A gain that moves to a new value in 50 ms, or up within one frame, so that nothing clicks. */
export class GainRamp {
  readonly #rise: number;
  #from: number;
  #to: number;

  constructor(gain: number, options: { readonly risesAtOnce?: boolean } = {}) {
    this.#rise = options.risesAtOnce ? Number.POSITIVE_INFINITY : STEP;
    this.#from = gain;
    this.#to = gain;
  }

  /** Gain at the start of the current frame. */
  get from(): number {
    return this.#from;
  }

  /** Gain at the end of the current frame. */
  get to(): number {
    return this.#to;
  }

  /** One more frame, on the way to `gain`. */
  advance(gain: number): void {
    this.#from = this.#to;
    this.#to += Math.min(this.#rise, Math.max(-STEP, gain - this.#to));
  }
}

/** Full scale in 50 ms, in frames of 20 ms. */
const STEP = 0.4;
