/** When to dial again after a connection broke. */
export interface ReconnectPolicy {
  /** Delay before each dial after a failure, in milliseconds; the last one repeats. */
  readonly delaysMs: readonly number[];
  /** Up to so many milliseconds are added to a delay, so that many clients do not dial at one moment. */
  readonly jitterMs: number;
  /** So many first delays are kept as they are: a short break should not be noticed. */
  readonly undelayedCount: number;
  /** A connection that lasted so long, in milliseconds, was a good one: the next failure starts from the first delay. */
  readonly minUptimeMs: number;
}

/** 0, 300, 1200, 2700, 4800, then 7000 ms; from the third on with up to one second of jitter. */
export const DEFAULT_RECONNECT_POLICY: ReconnectPolicy = {
  delaysMs: [0, 300, 1200, 2700, 4800, 7000],
  jitterMs: 1000,
  undelayedCount: 2,
  minUptimeMs: 5000,
};

/**
 * Delay before the next dial, in milliseconds.
 *
 * @param failures - how many dials in a row failed before, 0 for the first.
 * @param random - 0 (inclusive) to 1 (exclusive).
 */
export function reconnectDelayMs(
  failures: number,
  random: number,
  policy: ReconnectPolicy = DEFAULT_RECONNECT_POLICY,
): number {
  const index = Math.min(failures, policy.delaysMs.length - 1);
  const delay = policy.delaysMs[index] ?? 0;
  return index < policy.undelayedCount ? delay : delay + Math.floor(random * policy.jitterMs);
}

/** How many failures count after a connection that was usable for `uptimeMs` ended. */
export function failuresAfter(
  failures: number,
  uptimeMs: number,
  policy: ReconnectPolicy = DEFAULT_RECONNECT_POLICY,
): number {
  return uptimeMs >= policy.minUptimeMs ? 0 : failures;
}
