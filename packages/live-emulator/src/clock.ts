/** A timer that was set; cancelling it twice is harmless. */
export interface Timer {
  /** The task will not run; harmless when it has. */
  cancel(): void;
}

/** Time as the emulator sees it. Every wait of every session goes through it, so tests can move it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  monotonic(): number;
  /** Calls `task` once after `ms` milliseconds. A pending timer does not keep the process alive. */
  setTimer(ms: number, task: () => void): Timer;
}

/** Longest wait that the timers of Node know, in milliseconds; a longer one would fire at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(ms, task) {
    let handle: NodeJS.Timeout;
    const wait = (left: number): void => {
      const next = left > LONGEST_WAIT_MS ? () => wait(left - LONGEST_WAIT_MS) : task;
      handle = setTimeout(next, Math.min(left, LONGEST_WAIT_MS)).unref();
    };
    wait(ms);
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * A clock that runs `timeScale` times as fast as `clock`: one minute of session passes in six seconds at `10`.
 * What is sent keeps its meaning (a `goAway` of 50 s still says 50 s); only waiting gets shorter.
 */
export function scaleClock(clock: Clock, timeScale: number): Clock {
  if (timeScale === 1) return clock;
  const startedAt = clock.now();
  const startedMonotonic = clock.monotonic();
  return {
    now: () => startedAt + (clock.now() - startedAt) * timeScale,
    monotonic: () => (clock.monotonic() - startedMonotonic) * timeScale,
    setTimer: (ms, task) => clock.setTimer(ms / timeScale, task),
  };
}
