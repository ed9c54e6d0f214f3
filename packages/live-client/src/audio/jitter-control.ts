/** Bounds of the depth that a {@link JitterControl} asks for, milliseconds. */
export interface JitterControlOptions {
  /**
   * Whether the source is a microphone, whose audio can never come faster than it is spoken. Otherwise the sender may
   * run ahead, and only what comes later than its place after the first chunk counts as late.
   */
  readonly live: boolean;
  /** @defaultValue 60 */
  readonly minDepthMs?: number;
  /** @defaultValue 400 */
  readonly maxDepthMs?: number;
  /** Depth before anything was measured. @defaultValue 100 */
  readonly initialDepthMs?: number;
}

/** Depth asked for is the measured lateness with this factor, plus {@link MARGIN_MS} for what was not measured yet. */
const SAFETY = 1.25;
const MARGIN_MS = 20;

/** The memory of a late chunk fades to a third in this time. */
const FORGET_MS = 20_000;

/** A live source's fastest chunk is looked for among this many; later ones follow a changed route or a drifting clock. */
const WINDOW = 256;

/**
 * Decides how much audio to hold before playing, from how irregularly it arrives. Knows no clock: times are parameters.
 */
export class JitterControl {
  readonly #live: boolean;
  readonly #minDepthMs: number;
  readonly #maxDepthMs: number;
  readonly #delays: Float64Array = new Float64Array(WINDOW);
  #arrivals = 0;
  #anchor = 0;
  #mediaMs = 0;
  #lastArrivalMs = 0;
  #lateMs: number;

  constructor({ live, minDepthMs = 60, maxDepthMs = 400, initialDepthMs = 100 }: JitterControlOptions) {
    this.#live = live;
    this.#minDepthMs = minDepthMs;
    this.#maxDepthMs = maxDepthMs;
    this.#lateMs = (initialDepthMs - MARGIN_MS) / SAFETY;
  }

  /** Audio to hold before playing, milliseconds. */
  get targetMs(): number {
    return Math.min(this.#maxDepthMs, Math.max(this.#minDepthMs, this.#lateMs * SAFETY + MARGIN_MS));
  }

  /** Audio that follows is not the continuation of what came before: its first chunk is the new measure of time. */
  restart(): void {
    this.#arrivals = 0;
    this.#mediaMs = 0;
  }

  /** A chunk of `durationMs` arrived at `nowMs`. */
  arrived(nowMs: number, durationMs: number): void {
    const delay = nowMs - this.#mediaMs;
    const isFirst = this.#arrivals === 0;
    if (isFirst) this.#anchor = delay;
    else this.#forget(nowMs - this.#lastArrivalMs);
    this.#delays[this.#arrivals % WINDOW] = delay;
    this.#arrivals += 1;
    this.#mediaMs += durationMs;
    this.#lastArrivalMs = nowMs;
    const late = delay - (this.#live ? this.#fastest() : this.#anchor);
    this.#lateMs = Math.max(this.#lateMs, Math.min(late, this.#maxDepthMs));
  }

  #forget(elapsedMs: number): void {
    this.#lateMs *= Math.exp(-elapsedMs / FORGET_MS);
  }

  #fastest(): number {
    const count = Math.min(this.#arrivals, WINDOW);
    let least = Number.POSITIVE_INFINITY;
    for (let index = 0; index < count; index++) least = Math.min(least, this.#delays[index] ?? 0);
    return least;
  }
}
