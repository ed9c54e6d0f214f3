/**
 * A windowed-sinc low-pass, cut into the rows that a polyphase resampler needs.
 *
 * Row `r` of `rows` holds the taps for an output that lies `r / phases` of an input sample after the newest input, in
 * the order in which the samples lie in memory.
 */
export interface SincFilter {
  /** Samples of input that one output is made of; even. */
  readonly taps: number;
  /** Steps into which the distance between two input samples is divided. */
  readonly phases: number;
  /** `phases + 1` rows of `taps` coefficients; the last row is there for interpolation. */
  readonly rows: Float32Array;
}

/** Half the filter's length, in samples of the lower of the two rates: 2.5 ms of delay at 16 kHz. */
const HALF_WIDTH = 40;

/** Attenuation the Kaiser window is made for, in dB. Leaves 10 dB above the 80 dB that speech paths are held to. */
const ATTENUATION_DB = 90;

/**
 * Where full attenuation begins, relative to the lower rate's Nyquist frequency. Just above 1: what folds back then
 * lies in the last percent of the band, and the pass band reaches 88 % of it (7 kHz at 16 kHz).
 */
const STOP_EDGE = 1.025;

/**
 * Designs the filter for a change of rate.
 *
 * @param inputRate - samples per second coming in.
 * @param outputRate - samples per second going out.
 * @param phases - rows to cut it into.
 */
export function designSincFilter(inputRate: number, outputRate: number, phases: number): SincFilter {
  const widening = Math.max(1, inputRate / outputRate);
  const half = Math.ceil(HALF_WIDTH * widening);
  const taps = 2 * half;
  // Kaiser's estimate of the transition width, as a fraction of the input's Nyquist frequency.
  const transition = (ATTENUATION_DB - 8) / (2.285 * taps) / Math.PI;
  const cutoff = STOP_EDGE / widening - transition / 2;
  const beta = 0.1102 * (ATTENUATION_DB - 8.7);
  const rows = new Float32Array((phases + 1) * taps);
  const row = new Float64Array(taps);
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - (half - 1) - phase / phases;
      const value = sinc(cutoff * distance) * kaiser(distance / half, beta);
      row[tap] = value;
      sum += value;
    }
    // Every row passes a constant unchanged; otherwise the row pattern would be heard as a tone.
    for (let tap = 0; tap < taps; tap++) rows[phase * taps + tap] = (row[tap] ?? 0) / sum;
  }
  return { taps, phases, rows };
}

function sinc(x: number): number {
  return Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window, `x` from -1 to 1. */
function kaiser(x: number, beta: number): number {
  const inside = 1 - x * x;
  return inside <= 0 ? 0 : besselI0(beta * Math.sqrt(inside)) / besselI0(beta);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
