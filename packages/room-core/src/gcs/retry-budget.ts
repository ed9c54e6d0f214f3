import { RoomCoreError } from '../errors.ts';
import { isPassing, wordsOf } from './gcs-failures.ts';

/** How long and how often one call is tried. */
export interface RetryOptions {
  /** Milliseconds for all attempts of one call together. @defaultValue 30_000 */
  readonly budgetMs?: number;
  /** Milliseconds for one attempt. @defaultValue 10_000 */
  readonly attemptMs?: number;
  /** Upper bound of the first pause, in milliseconds; it doubles up to 8 s, and each pause is drawn below it. @defaultValue 200 */
  readonly firstPauseMs?: number;
}

const LONGEST_PAUSE_MS = 8_000;

/** What an attempt knows. */
export interface Attempt {
  /** `true` when an attempt before this one may have been carried out without our knowing. */
  readonly again: boolean;
}

/** The only owner of retries of a store: the library's own are off. */
export class RetryBudget {
  readonly #options: Required<RetryOptions>;
  readonly #random: () => number;

  constructor(options: RetryOptions, random: () => number = Math.random) {
    this.#options = { budgetMs: 30_000, attemptMs: 10_000, firstPauseMs: 200, ...options };
    this.#random = random;
  }

  /**
   * Runs `attempt` until it succeeds, fails for good, or the budget is spent.
   *
   * @throws what the attempt threw when it is final, RoomCoreError `ERR_STORE_UNAVAILABLE` when the budget is spent, the
   * signal's reason when it fires.
   */
  async run<T>(what: string, attempt: (attempt: Attempt) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { budgetMs, attemptMs, firstPauseMs } = this.#options;
    const started = performance.now();
    let pauseMs = firstPauseMs;
    for (let tries = 1; ; tries += 1) {
      signal?.throwIfAborted();
      try {
        return await within(attemptMs, signal, attempt({ again: tries > 1 }));
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        const pause = this.#random() * pauseMs;
        if (performance.now() - started + pause >= budgetMs) throw spent(what, tries, error);
        await delay(pause, signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}

function spent(what: string, tries: number, error: unknown): RoomCoreError {
  const times = tries === 1 ? 'once' : `${tries} times`;
  return new RoomCoreError(
    'ERR_STORE_UNAVAILABLE',
    `Google Cloud Storage did not ${what}, tried ${times}: ${wordsOf(error)}. Check the bucket, its permissions and the network; it is tried again with the next write.`,
  );
}

/** The library cannot be told to stop; its late answer is for nobody. */
function within<T>(ms: number, signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
