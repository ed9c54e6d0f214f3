import { concatSamples, toSample } from './pcm16.ts';

/** Zero crossings of the sinc on each side; 16 keep aliases below −80 dB from 0.9 of the lower Nyquist rate on. */
const ZERO_CROSSINGS = 16;
/** Shape of the Kaiser window; 8 gives about −80 dB of stop band. */
const KAISER_BETA = 8;
/** Most fractional positions a table holds; an odd pair of rates is rounded to the nearest of them (−66 dB jitter). */
const MOST_PHASES = 1024;

/**
 * Changes the rate of a stream of 16-bit samples; chunk borders leave no trace.
 * Windowed sinc, band-limited to the lower of both rates.
 */
export class Resampler {
  readonly #step: number;
  readonly #phases: number;
  readonly #halfTaps: number;
  readonly #table: Float32Array;
  #history: Float32Array;
  /** Where the next output sample lies, in input samples from the start of `#history`. */
  #position: number;

  constructor(options: { readonly fromRate: number; readonly toRate: number }) {
    const { fromRate, toRate } = options;
    this.#step = fromRate / toRate;
    this.#phases = Math.min(MOST_PHASES, toRate / greatestCommonDivisor(fromRate, toRate));
    const stretch = Math.max(1, this.#step);
    this.#halfTaps = Math.ceil(ZERO_CROSSINGS * stretch);
    this.#table = sincTable(this.#phases, this.#halfTaps, 0.95 / stretch);
    this.#history = new Float32Array(this.#halfTaps);
    this.#position = this.#halfTaps;
  }

  /** Output for which enough input has arrived; the rest waits for the next chunk. */
  push(samples: Int16Array): Int16Array {
    const input = new Float32Array(this.#history.length + samples.length);
    input.set(this.#history);
    for (let index = 0; index < samples.length; index += 1) input[this.#history.length + index] = samples[index] ?? 0;
    const output = new Int16Array(
      Math.max(0, Math.ceil((input.length - this.#halfTaps - this.#position) / this.#step)),
    );
    let position = this.#position;
    for (let index = 0; index < output.length; index += 1) {
      output[index] = toSample(this.#interpolate(input, position));
      position += this.#step;
    }
    const keepFrom = Math.max(0, Math.floor(position) - this.#halfTaps);
    this.#history = input.slice(keepFrom);
    this.#position = position - keepFrom;
    return output;
  }

  /** What the end of the stream still holds back. */
  flush(): Int16Array {
    return this.push(new Int16Array(this.#halfTaps));
  }

  #interpolate(input: Float32Array, position: number): number {
    let base = Math.floor(position);
    let phase = Math.round((position - base) * this.#phases);
    if (phase === this.#phases) {
      base += 1;
      phase = 0;
    }
    const taps = this.#halfTaps * 2;
    const row = phase * taps;
    const first = base - this.#halfTaps + 1;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) sum += (input[first + tap] ?? 0) * (this.#table[row + tap] ?? 0);
    return sum;
  }
}

/** All of `samples` at another rate, aligned with the original (no delay). */
export function resample(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  if (fromRate === toRate) return samples;
  const resampler = new Resampler({ fromRate, toRate });
  const whole = concatSamples([resampler.push(samples), resampler.flush()]);
  return whole.subarray(0, Math.round((samples.length * toRate) / fromRate));
}

function sincTable(phases: number, halfTaps: number, cutoff: number): Float32Array {
  const taps = halfTaps * 2;
  const table = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase += 1) {
    const row = table.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = tap - halfTaps + 1 - phase / phases;
      const weight = cutoff * sinc(cutoff * distance) * kaiser(distance / halfTaps);
      row[tap] = weight;
      sum += weight;
    }
    // Every phase gets the same gain, or a steady tone would flutter.
    for (let tap = 0; tap < taps; tap += 1) row[tap] = (row[tap] ?? 0) / sum;
  }
  return table;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
