/** Options of {@link Deadline}. */
export interface DeadlineOptions {
  /** Milliseconds; `0` is no deadline. */
  readonly timeoutMs: number;
  /** Why the signal aborts when time is up. */
  readonly error: () => Error;
  /** Aborting it aborts the deadline's signal with the same reason. */
  readonly signal?: AbortSignal;
}

/** A signal that aborts when time is up or when its parent does. {@link Deadline.clear} must follow. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onParentAbort = () => this.#controller.abort(this.#parent?.reason);

  constructor({ timeoutMs, error, signal }: DeadlineOptions) {
    this.#parent = signal;
    signal?.addEventListener('abort', this.#onParentAbort, { once: true });
    if (signal?.aborted) this.#onParentAbort();
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.#controller.abort(error()), timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
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
