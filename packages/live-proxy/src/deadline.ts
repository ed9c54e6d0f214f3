import { type Clock, systemClock, type Timer } from './continuity/clock.ts';

/** Options of {@link Deadline}. */
export interface DeadlineOptions {
  /** Milliseconds; `0` is no deadline. */
  readonly timeoutMs: number;
  /** Why the signal aborts when time is up. */
  readonly error: () => Error;
  /** Aborting it aborts the deadline's signal with the same reason. */
  readonly signal?: AbortSignal;
  /** @defaultValue the machine's time */
  readonly clock?: Pick<Clock, 'setTimer'>;
}

/** A signal that aborts when time is up or when its parent does. {@link Deadline.clear} must follow. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #timer: Timer | null = null;
  readonly #onParentAbort = () => this.#controller.abort(this.#parent?.reason);

  constructor({ timeoutMs, error, signal, clock = systemClock }: DeadlineOptions) {
    this.#parent = signal;
    signal?.addEventListener('abort', this.#onParentAbort, { once: true });
    if (signal?.aborted) this.#onParentAbort();
    if (timeoutMs > 0) this.#timer = clock.setTimer(timeoutMs, () => this.#controller.abort(error()));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    this.#timer?.cancel();
    this.#parent?.removeEventListener('abort', this.#onParentAbort);
  }
}

/** The outcome of `work`, or the signal's reason as soon as it aborts; then nobody waits for `work` any more. */
export function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The outcome of `work`, within a deadline; the signal that `work` gets aborts with it. */
export async function inTime<T>(options: DeadlineOptions, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const deadline = new Deadline(options);
  const { signal } = deadline;
  try {
    signal.throwIfAborted();
    return await beforeAbort((async () => work(signal))(), signal);
  } finally {
    deadline.clear();
  }
}
