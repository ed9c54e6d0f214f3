/** A time for which something was late. */
export interface Stall {
  /** Its end, in milliseconds since 1970: those of several processes can be laid side by side. */
  readonly at: number;
  readonly ms: number;
}

/** How often a process looks how late it is, and how often it tells the worst of that, milliseconds. */
const TICK_MS = 20;
const TELL_MS = 1_000;

/** Now, as in {@link Stall}, by a clock that never jumps. */
export function wallNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Tells once a second by how much this process was late at worst in running what was due. @returns the undo. */
export function watchLoop(tell: (worst: Stall) => void): () => void {
  let due = wallNow() + TICK_MS;
  let toldAt = wallNow();
  let worst: Stall = { at: toldAt, ms: 0 };
  const timer = setInterval(() => {
    const now = wallNow();
    const ms = Math.max(0, now - due);
    due = now + TICK_MS;
    if (ms >= worst.ms) worst = { at: now, ms };
    if (now - toldAt < TELL_MS) return;
    tell(worst);
    toldAt = now;
    worst = { at: now, ms: 0 };
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** @returns for how long this process has used a core since it was asked last, milliseconds. */
export function usedSince(): () => number {
  let before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    return (user + system) / 1_000;
  };
}

/** The longest of `stalls` that lies in part within `from`…`to`, milliseconds. */
export function longestWithin(stalls: readonly Stall[], from: number, to: number): number {
  return Math.max(0, ...stalls.filter(({ at, ms }) => at > from && at - ms < to).map(({ ms }) => ms));
}
