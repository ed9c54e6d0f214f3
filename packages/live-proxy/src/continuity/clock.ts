/** A timer that was set; cancelling it twice is harmless. */
export interface Timer {
  /** The task will not run; harmless when it has. */
  cancel(): void;
}

/** Time as sessions see it; tests move it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  monotonic(): number;
  /** Calls `task` once after `ms` milliseconds. A pending timer does not keep the process alive. */
  setTimer(ms: number, task: () => void): Timer;
}

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(ms, task) {
    const handle = setTimeout(task, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
