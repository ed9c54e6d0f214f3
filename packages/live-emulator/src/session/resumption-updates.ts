import type { Clock, Timer } from '../clock.ts';
import type { Outbox } from './outbox.ts';

/** From `setupComplete` to the first update, in milliseconds. */
const FIRST_UPDATE_MS = 20;
/** Between two updates of profiles that send them all the time, in milliseconds. */
const INTERVAL_MS = 1_200;

/** Options of {@link ResumptionUpdates}. */
export interface ResumptionUpdatesOptions {
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** Go on sending while nothing happens. */
  readonly isPeriodic: boolean;
  readonly issueHandle: () => string;
  /** Client messages consumed, for transparent resumption; `null` when it was not asked for. */
  readonly consumedIndex: () => number | null;
}

/** Tells the client how to resume: a handle at every quiet point, that there is none while the model is busy. */
export class ResumptionUpdates {
  readonly #options: ResumptionUpdatesOptions;
  #timer: Timer | null = null;
  #isBusy = false;

  constructor(options: ResumptionUpdatesOptions) {
    this.#options = options;
    this.#schedule(FIRST_UPDATE_MS);
  }

  /** Generation began, or everything is quiet again. */
  setBusy(isBusy: boolean): void {
    if (this.#isBusy === isBusy) return;
    this.#isBusy = isBusy;
    this.#timer?.cancel();
    if (isBusy) this.#options.outbox.notResumable();
    else this.#schedule(0);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #schedule(ms: number): void {
    this.#timer = this.#options.clock.setTimer(ms, () => {
      this.#options.outbox.resumable(this.#options.issueHandle(), this.#options.consumedIndex());
      if (this.#options.isPeriodic) this.#schedule(INTERVAL_MS);
    });
  }
}
