import { designSincFilter, type SincFilter } from './sinc-filter.ts';

/** Rates of a {@link Resampler}, samples per second, whole numbers from 8,000 to 192,000. */
export interface ResamplerOptions {
  readonly inputRate: number;
  readonly outputRate: number;
}

/** Above this many exact phases (odd device rates) the table is interpolated instead; its error stays below -110 dB. */
const MAX_EXACT_PHASES = 512;

/**
 * Changes the sample rate of a stream, block by block, without a seam: position and filter memory are carried over.
 *
 * It works pushed ({@link process}: everything that the input allows) or pulled ({@link inputNeeded} and {@link pull}:
 * exactly so many outputs). Positions are whole numbers, so counts stay exact however long it runs. Mono, range −1 to
 * 1. Nothing is allocated while blocks do not grow.
 */
export class Resampler {
  readonly inputRate: number;
  readonly outputRate: number;
  /** How much later a sound leaves than it came in, in input samples. */
  readonly delay: number;
  readonly #filter: SincFilter | null;
  /** One output is `#down / #up` input samples after the one before. */
  readonly #up: number;
  readonly #down: number;
  readonly #memory: number;
  /** Filter memory, then the input not yet passed. */
  #buffer: Float32Array;
  #available = 0;
  /** Place of the next output after the first available input, in 1/`#up` input samples. */
  #position = 0;

  constructor({ inputRate, outputRate }: ResamplerOptions) {
    checkRate('inputRate', inputRate);
    checkRate('outputRate', outputRate);
    this.inputRate = inputRate;
    this.outputRate = outputRate;
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#up = outputRate / divisor;
    this.#down = inputRate / divisor;
    this.#filter = inputRate === outputRate ? null : filterFor(inputRate, outputRate, this.#up);
    this.#memory = this.#filter ? this.#filter.taps - 1 : 0;
    this.delay = this.#filter ? this.#filter.taps / 2 : 0;
    this.#buffer = new Float32Array(this.#memory + 1024);
  }

  /** Upper bound of what {@link process} writes for so much input. */
  maxOutput(inputLength: number): number {
    return Math.ceil((inputLength * this.#up) / this.#down) + 1;
  }

  /**
   * Takes all of `input` and writes every output that it allows.
   *
   * @returns how many samples were written; `output` has to hold {@link maxOutput} of them.
   */
  process(input: Float32Array, output: Float32Array): number {
    this.#take(input, input.length);
    const count = this.#ready();
    this.#produce(output, count);
    return count;
  }

  /** How many input samples {@link pull} needs to write `outputCount` samples. */
  inputNeeded(outputCount: number): number {
    if (outputCount <= 0) return 0;
    const last = Math.floor((this.#position + (outputCount - 1) * this.#down) / this.#up);
    return Math.max(0, last + 1 - this.#available);
  }

  /**
   * Takes the first `inputCount` samples of `input` and writes up to `outputCount` outputs.
   *
   * @returns how many were written: fewer when the input did not suffice.
   */
  pull(input: Float32Array, inputCount: number, output: Float32Array, outputCount: number): number {
    this.#take(input, inputCount);
    const count = Math.min(outputCount, this.#ready());
    this.#produce(output, count);
    return count;
  }

  /** Forgets the stream so far; the next sample begins a new one. */
  reset(): void {
    this.#buffer.fill(0);
    this.#available = 0;
    this.#position = 0;
  }

  #take(input: Float32Array, count: number): void {
    const used = this.#memory + this.#available;
    if (used + count > this.#buffer.length) {
      const grown = new Float32Array(2 * (used + count));
      grown.set(this.#buffer.subarray(0, used));
      this.#buffer = grown;
    }
    // A loop, because a subarray for each block would be garbage for the audio thread to collect.
    for (let index = 0; index < count; index++) this.#buffer[used + index] = input[index] ?? 0;
    this.#available += count;
  }

  #ready(): number {
    const ahead = this.#available * this.#up - 1 - this.#position;
    return ahead < 0 ? 0 : Math.floor(ahead / this.#down) + 1;
  }

  #produce(output: Float32Array, count: number): void {
    const buffer = this.#buffer;
    const filter = this.#filter;
    const up = this.#up;
    for (let index = 0; index < count; index++) {
      const start = Math.floor(this.#position / up);
      output[index] = filter ? convolve(filter, buffer, start, (this.#position % up) / up) : (buffer[start] ?? 0);
      this.#position += this.#down;
    }
    const passed = Math.min(this.#available, Math.floor(this.#position / up));
    buffer.copyWithin(0, passed, this.#memory + this.#available);
    this.#available -= passed;
    this.#position -= passed * up;
  }
}

/** The output that lies `fraction` of a sample after `buffer[start]` plus the filter's memory. */
function convolve(filter: SincFilter, buffer: Float32Array, start: number, fraction: number): number {
  const { taps, rows } = filter;
  const place = fraction * filter.phases;
  const phase = Math.floor(place + 1e-9);
  const between = place - phase;
  const row = phase * taps;
  let sum = 0;
  for (let tap = 0; tap < taps; tap++) sum += (rows[row + tap] ?? 0) * (buffer[start + tap] ?? 0);
  if (between < 1e-6) return sum;
  let next = 0;
  for (let tap = 0; tap < taps; tap++) next += (rows[row + taps + tap] ?? 0) * (buffer[start + tap] ?? 0);
  return sum + between * (next - sum);
}

// Several sources play at the same pair of rates: the table is made once for each pair.
const filters = /* @__PURE__ */ new Map<string, SincFilter>();

function filterFor(inputRate: number, outputRate: number, exactPhases: number): SincFilter {
  const key = `${inputRate}:${outputRate}`;
  const known = filters.get(key);
  if (known) return known;
  const phases = exactPhases <= MAX_EXACT_PHASES ? exactPhases : MAX_EXACT_PHASES;
  const filter = designSincFilter(inputRate, outputRate, phases);
  filters.set(key, filter);
  return filter;
}

function checkRate(name: string, rate: number): void {
  if (Number.isInteger(rate) && rate >= 8_000 && rate <= 192_000) return;
  throw new RangeError(`${name} is ${rate}; give a whole number of samples per second from 8000 to 192000.`);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
