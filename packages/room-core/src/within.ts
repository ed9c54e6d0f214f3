import type { Clock, Timer } from './ports/clock.ts';

/** How long to wait for something. */
interface WaitOptions {
  readonly clock: Clock;
  /** `0`: as long as it takes. */
  readonly ms: number;
  /** What is said then. */
  readonly late: () => Error;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
}

/** Settles as `done` does, or rejects when the time is over; what `done` comes to after that is nobody's business. */
export async function within<T>({ clock, late, ms, signal }: WaitOptions, done: Promise<T>): Promise<T> {
  let timer: Timer | null = null;
  let stop = (): void => {};
  const over = new Promise<never>((_resolve, reject) => {
    if (ms > 0) timer = clock.setTimer(ms, () => reject(late()));
    stop = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    return await Promise.race([done, over]);
  } finally {
    (timer as Timer | null)?.cancel();
    signal?.removeEventListener('abort', stop);
  }
}

/** Resolves when `done` does, after `ms` milliseconds at the latest. @throws what `done` rejects with by then */
export async function atMost(clock: Clock, ms: number, done: Promise<unknown>): Promise<void> {
  let timer: Timer | null = null;
  const late = new Promise<void>((resolve) => {
    timer = clock.setTimer(ms, resolve);
  });
  try {
    await Promise.race([done, late]);
  } finally {
    (timer as Timer | null)?.cancel();
  }
}
