/**
 * Fourier transform of complex numbers, in place. The inverse is not divided by the length.
 *
 * @param length Power of two, at least 2.
 */
export class Fourier {
  readonly #length: number;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #reversed: Uint32Array;

  constructor(length: number) {
    this.#length = length;
    const angle = (index: number) => (-2 * Math.PI * index) / length;
    this.#cosines = Float64Array.from({ length: length / 2 }, (_, index) => Math.cos(angle(index)));
    this.#sines = Float64Array.from({ length: length / 2 }, (_, index) => Math.sin(angle(index)));
    this.#reversed = new Uint32Array(length);
    for (let index = 1; index < length; index += 1)
      this.#reversed[index] = ((this.#reversed[index >> 1] ?? 0) >> 1) | (index & 1 ? length >> 1 : 0);
  }

  forward(real: Float64Array, imaginary: Float64Array): void {
    this.#order(real, imaginary);
    for (let half = 1; half < this.#length; half *= 2) this.#join(real, imaginary, half);
  }

  /** The same with both parts exchanged, which turns the other way. */
  inverse(real: Float64Array, imaginary: Float64Array): void {
    this.forward(imaginary, real);
  }

  #order(real: Float64Array, imaginary: Float64Array): void {
    for (let index = 0; index < this.#length; index += 1) {
      const other = this.#reversed[index] as number;
      if (other <= index) continue;
      const [keptReal, keptImaginary] = [real[index] as number, imaginary[index] as number];
      real[index] = real[other] as number;
      imaginary[index] = imaginary[other] as number;
      real[other] = keptReal;
      imaginary[other] = keptImaginary;
    }
  }

  /** Joins transforms of `half` numbers, two by two. */
  #join(real: Float64Array, imaginary: Float64Array, half: number): void {
    const step = this.#length / (2 * half);
    for (let offset = 0; offset < half; offset += 1) {
      const cosine = this.#cosines[offset * step] as number;
      const sine = this.#sines[offset * step] as number;
      for (let low = offset; low < this.#length; low += 2 * half) {
        const high = low + half;
        const [highReal, highImaginary] = [real[high] as number, imaginary[high] as number];
        const turnedReal = highReal * cosine - highImaginary * sine;
        const turnedImaginary = highReal * sine + highImaginary * cosine;
        real[high] = (real[low] as number) - turnedReal;
        imaginary[high] = (imaginary[low] as number) - turnedImaginary;
        real[low] = (real[low] as number) + turnedReal;
        imaginary[low] = (imaginary[low] as number) + turnedImaginary;
      }
    }
  }
}
