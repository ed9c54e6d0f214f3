import { LiveClientError } from '../errors.ts';

/** How often and how fast opening a device is tried again. */
export interface RetryBudget {
  /** Tries after the first one. @defaultValue 3 */
  readonly retries?: number;
  /** First delay; doubles with each try. @defaultValue 250 */
  readonly delayMs?: number;
  /** @defaultValue 2_000 */
  readonly maxDelayMs?: number;
  /** 0 to 1; spreads delays by ±25 %. @defaultValue Math.random */
  readonly random?: () => number;
}

/**
 * Opens a device, and tries again while the failure says that this may help: systems need a moment to free a device
 * that another page or the page before a reload has used. This is the only place that retries devices.
 *
 * @param open - one try; rejects with a {@link LiveClientError} whose `retryable` decides.
 * @param signal - ends the waiting at once, with `ERR_ABORTED`.
 */
export async function openWithRetry<Opened>(
  open: () => Promise<Opened>,
  signal: AbortSignal,
  { retries = 3, delayMs = 250, maxDelayMs = 2_000, random = Math.random }: RetryBudget = {},
): Promise<Opened> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt >= retries || !(error instanceof LiveClientError && error.retryable)) throw error;
      const wait = Math.min(maxDelayMs, delayMs * 2 ** attempt) * (0.75 + 0.5 * random());
      await delay(wait, signal);
    }
  }
}

/** The error of something that was stopped while it was starting. */
export function abortedError(what: string, cause?: unknown): LiveClientError {
  return new LiveClientError('ERR_ABORTED', `Starting the ${what} was given up.`, cause === undefined ? {} : { cause });
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = () => reject(abortedError('device', signal.reason));
  if (signal.aborted) giveUp();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', giveUp);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  });
}
