import { Fourier } from './fourier.ts';

/** Samples that are compared. */
export const WINDOW = 1_000;
/** One sound may be up to so many samples behind the other. */
const MOST_SHIFT = 300;
/** Samples of one sound: the window, and what is before it. */
export const HISTORY: number = MOST_SHIFT + WINDOW;

/** The next power of two that holds a history: then no shift of 0 to 300 comes round the end. */
const LENGTH = 2_048;
const transform: Fourier = new Fourier(LENGTH);

interface Complex {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

const complex = (): Complex => ({ real: new Float64Array(LENGTH), imaginary: new Float64Array(LENGTH) });

/** For one comparison at a time: they are synchronous. */
const scratch: Complex = complex();

/** A sound, made ready to be compared with several others. Its arrays are used again by each {@link Spectrum.update}. */
export class Spectrum {
  /** Transform of its newest {@link WINDOW} samples, with nothing before them. */
  readonly window: Complex = complex();
  /** Transform of all of it. */
  readonly history: Complex = complex();
  /** Size of what stands in both. */
  readonly windowSizes: Float64Array = new Float64Array(LENGTH / 2 + 1);
  readonly historySizes: Float64Array = new Float64Array(LENGTH / 2 + 1);
  /** Power of the window that ends 0 to 300 samples before the newest. */
  readonly powers: Float64Array = new Float64Array(MOST_SHIFT + 1);
  leastPower = 0;

  /** @param samples {@link HISTORY} of them, the newest last. */
  update(samples: Float64Array): this {
    scratch.real.fill(0).set(samples.subarray(MOST_SHIFT), MOST_SHIFT);
    scratch.imaginary.fill(0).set(samples);
    transform.forward(scratch.real, scratch.imaginary);
    apart(scratch, this.window, this.history);
    sizes(this.window, this.windowSizes);
    sizes(this.history, this.historySizes);
    setPowers(samples, this.powers);
    this.leastPower = this.powers.reduce((least, power) => Math.min(least, power), Number.POSITIVE_INFINITY);
    return this;
  }
}

/**
 * Whether two sounds are more alike than `least` when either may be behind the other by 0 to 300 samples: by the greatest
 * normalized cross-correlation of the window of one with as much of the other, where 1 is the same, or the same upside down.
 */
export function areAlike(one: Spectrum, other: Spectrum, least: number): boolean {
  // Most voices differ so much in their pitches that no shift can make them alike: that costs no transform.
  if (bound(one, other) <= least && bound(other, one) <= least) return false;
  return likeness(one, other) > least;
}

/** {@link areAlike} as a number from 0 to 1. */
export function likeness(one: Spectrum, other: Spectrum): number {
  const { real, imaginary } = scratch;
  real.fill(0);
  imaginary.fill(0);
  addProduct(real, imaginary, one.window, other.history, 1);
  // Both correlations are real numbers: turned by a quarter, the second fits beside the first.
  addProduct(imaginary, real, other.window, one.history, -1);
  transform.inverse(real, imaginary);
  return Math.max(
    greatest(real, one.powers[0] ?? 0, other.powers),
    greatest(imaginary, other.powers[0] ?? 0, one.powers),
  );
}

/** What the correlation of the window of one with the other would be if one shift suited all frequencies. */
function bound(one: Spectrum, other: Spectrum): number {
  const [a, b] = [one.windowSizes, other.historySizes];
  const last = LENGTH / 2;
  let sum = (a[0] as number) * (b[0] as number) + (a[last] as number) * (b[last] as number);
  // The other half of the frequencies mirrors this one.
  for (let index = 1; index < last; index += 1) sum += 2 * (a[index] as number) * (b[index] as number);
  const power = Math.sqrt((one.powers[0] as number) * other.leastPower);
  return power > 0 ? sum / LENGTH / power : sum > 0 ? Number.POSITIVE_INFINITY : 0;
}

function sizes({ real, imaginary }: Complex, out: Float64Array): void {
  for (let index = 0; index < out.length; index += 1) {
    const [re, im] = [real[index] as number, imaginary[index] as number];
    out[index] = Math.sqrt(re * re + im * im);
  }
}

/** The transform of two real signals, one as the real and one as the imaginary part, split by its mirror image. */
function apart({ real, imaginary }: Complex, window: Complex, history: Complex): void {
  for (let index = 0; index < LENGTH; index += 1) {
    const mirror = (LENGTH - index) % LENGTH;
    const [re, im] = [real[index] as number, imaginary[index] as number];
    const [mirrorRe, mirrorIm] = [real[mirror] as number, imaginary[mirror] as number];
    window.real[index] = (re + mirrorRe) / 2;
    window.imaginary[index] = (im - mirrorIm) / 2;
    history.real[index] = (im + mirrorIm) / 2;
    history.imaginary[index] = (mirrorRe - re) / 2;
  }
}

/** Adds a · conj(b) to real and sign times its imaginary part to imaginary. */
function addProduct(real: Float64Array, imaginary: Float64Array, a: Complex, b: Complex, sign: 1 | -1): void {
  for (let index = 0; index < LENGTH; index += 1) {
    const [aRe, aIm] = [a.real[index] as number, a.imaginary[index] as number];
    const [bRe, bIm] = [b.real[index] as number, b.imaginary[index] as number];
    real[index] = (real[index] as number) + aRe * bRe + aIm * bIm;
    imaginary[index] = (imaginary[index] as number) + sign * (aIm * bRe - aRe * bIm);
  }
}

function greatest(correlation: Float64Array, windowPower: number, powers: Float64Array): number {
  let best = 0;
  for (let shift = 0; shift <= MOST_SHIFT; shift += 1) {
    const power = Math.sqrt(windowPower * (powers[shift] as number));
    if (power > 0) best = Math.max(best, Math.abs(correlation[shift] as number) / LENGTH / power);
  }
  return best;
}

function setPowers(samples: Float64Array, powers: Float64Array): void {
  let power = 0;
  // Built up from its oldest window, where rounding is relative to what is there.
  for (let index = 0; index < WINDOW; index += 1) power += (samples[index] as number) ** 2;
  powers[MOST_SHIFT] = power;
  for (let shift = MOST_SHIFT - 1; shift >= 0; shift -= 1) {
    power += (samples[HISTORY - 1 - shift] as number) ** 2 - (samples[MOST_SHIFT - 1 - shift] as number) ** 2;
    powers[shift] = Math.max(0, power);
  }
}
