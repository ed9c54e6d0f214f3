import { SAMPLES_PER_MS } from './format.ts';

/** Frames that are remembered: two seconds of speech. */
const WINDOW = 100;
/** Fewer say nothing yet. */
const ENOUGH = 25;
const LEAST_MS = 40;
const MOST_MS = 200;
/** On top of what 95 of 100 frames need. */
const MARGIN_MS = 20;

/** How unevenly the audio of one speaker arrives, and so how long the first of a burst has to wait. */
export class JitterEstimate {
  readonly #lateness = new Float64Array(WINDOW);
  #count = 0;
  #earliest = Number.POSITIVE_INFINITY;

  /** Another burst: its clock has nothing to do with that of the one before. */
  burstStarted(): void {
    this.#earliest = Number.POSITIVE_INFINITY;
  }

  /** Audio arrived `transit` samples after its media time, counted from anywhere. */
  observe(transit: number): void {
    this.#earliest = Math.min(this.#earliest, transit);
    this.#lateness[this.#count % WINDOW] = transit - this.#earliest;
    this.#count += 1;
  }

  /** Samples that the next burst waits; `fallback` while too little is known. */
  delay(fallback: number): number {
    if (this.#count < ENOUGH) return fallback;
    const known = this.#lateness.slice(0, Math.min(this.#count, WINDOW)).sort();
    const most = known[Math.ceil(known.length * 0.95) - 1] ?? 0;
    return Math.min(MOST_MS * SAMPLES_PER_MS, Math.max(LEAST_MS * SAMPLES_PER_MS, most + MARGIN_MS * SAMPLES_PER_MS));
  }
}
