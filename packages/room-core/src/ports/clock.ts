/** A timer that was set; cancelling it twice is harmless. */
export interface Timer {
  /** The task will not run. Does nothing when it ran already. */
  cancel(): void;
}

/** Time as a room sees it. Tests move it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  monotonic(): number;
  /** Calls `task` once after `ms` milliseconds. A pending timer does not keep the process alive. */
  setTimer(ms: number, task: () => void): Timer;
}
