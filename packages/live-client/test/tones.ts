/** `length` samples of a sine. */
export function sine(frequency: number, sampleRate: number, length: number, amplitude: number = 0.8): Float32Array {
  return Float32Array.from({ length }, (_, n) => amplitude * Math.sin((2 * Math.PI * frequency * n) / sampleRate));
}

/** The same as 16-bit samples. */
export function sine16(frequency: number, sampleRate: number, length: number, amplitude: number = 0.8): Int16Array {
  return Int16Array.from(sine(frequency, sampleRate, length, amplitude), (value) => Math.round(value * 32_767));
}

/** Power of the sine of this frequency that fits the samples best, and of all that it leaves over; both mean squares. */
export function fitSine(
  samples: ArrayLike<number>,
  frequency: number,
  sampleRate: number,
): { signal: number; rest: number } {
  let ss = 0;
  let sc = 0;
  let cc = 0;
  let xs = 0;
  let xc = 0;
  for (let n = 0; n < samples.length; n++) {
    const angle = (2 * Math.PI * frequency * n) / sampleRate;
    const [s, c, x] = [Math.sin(angle), Math.cos(angle), samples[n] ?? 0];
    ss += s * s;
    sc += s * c;
    cc += c * c;
    xs += x * s;
    xc += x * c;
  }
  const determinant = ss * cc - sc * sc;
  const a = (xs * cc - xc * sc) / determinant;
  const b = (xc * ss - xs * sc) / determinant;
  let rest = 0;
  for (let n = 0; n < samples.length; n++) {
    const angle = (2 * Math.PI * frequency * n) / sampleRate;
    rest += ((samples[n] ?? 0) - a * Math.sin(angle) - b * Math.cos(angle)) ** 2;
  }
  return { signal: (a * a + b * b) / 2, rest: rest / samples.length };
}

/** Mean square. */
export function power(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < samples.length; n++) sum += (samples[n] ?? 0) ** 2;
  return samples.length ? sum / samples.length : 0;
}

/** Ratio of two powers in dB. */
export const decibels = (a: number, b: number): number => 10 * Math.log10(a / b);
