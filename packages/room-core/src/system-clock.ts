import type { Clock } from './ports/clock.ts';

/** The real time of this machine. Pending timers do not keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer(ms, task) {
      // This is where the port meets the platform; everything else takes a Clock.
      // biome-ignore lint/style/noRestrictedGlobals: the one production implementation of the port
      const handle = setTimeout(task, ms);
      handle.unref();
      return { cancel: () => clearTimeout(handle) };
    },
  };
}
