/** What one client may use. `0` turns a limit off. They may differ from identity to identity. */
export interface ClientLimits {
  /**
   * Sessions that one identity may have at the same time; another one is refused with HTTP 429 before the upgrade.
   *
   * @defaultValue 0
   */
  readonly sessionsPerIdentity: number;
  /** Longest session, in milliseconds; then it is closed with 4429. It is announced a minute before. @defaultValue 0 */
  readonly sessionDurationMs: number;
  /**
   * Longest time without a message in either direction, in milliseconds; then the session is closed with 1000. An open
   * microphone sends all the time.
   *
   * @defaultValue 0
   */
  readonly idleTimeoutMs: number;
  /** Bytes of messages from the client, over a burst of `burstBytes`; more closes with 4529. @defaultValue 0 */
  readonly bytesPerSecond: number;
  /** Bytes that may come at once before `bytesPerSecond` counts. @defaultValue 8_388_608, two messages of the largest size */
  readonly burstBytes: number;
  /**
   * Seconds of audio from the client in each second, over a burst of `audioBurstSeconds`: 1 is real time. More closes
   * with 4529.
   *
   * @defaultValue 0
   */
  readonly audioSecondsPerSecond: number;
  /** Seconds of audio that may come at once, as after a stall of the network. @defaultValue 10 */
  readonly audioBurstSeconds: number;
  /** Pictures from the client; as many may come at once, and one more each 60 s / that many. More closes with 4529. @defaultValue 0 */
  readonly picturesPerMinute: number;
  /**
   * Tokens of one session, by the counts of the service: each turn counts its whole context anew. Then it is closed with
   * 4429, behind the turn that spent the last one; it is announced when four fifths are spent.
   *
   * @defaultValue 0
   */
  readonly tokensPerSession: number;
  /**
   * Tokens of all sessions of one identity in `tokenWindowMs`. Then they are closed with 4429 as they spend more, and
   * another one is refused with HTTP 429.
   *
   * @defaultValue 0
   */
  readonly tokensPerIdentity: number;
  /** How long `tokensPerIdentity` has to last, from the first one that is spent, in milliseconds. @defaultValue 86_400_000, a day */
  readonly tokenWindowMs: number;
}

/** All off; the bursts and the window are for limits that are switched on. */
export const defaultClientLimits: ClientLimits = {
  sessionsPerIdentity: 0,
  sessionDurationMs: 0,
  idleTimeoutMs: 0,
  bytesPerSecond: 0,
  burstBytes: 8 * 1024 * 1024,
  audioSecondsPerSecond: 0,
  audioBurstSeconds: 10,
  picturesPerMinute: 0,
  tokensPerSession: 0,
  tokensPerIdentity: 0,
  tokenWindowMs: 86_400_000,
};

/** Above this a Node timer fires at once, and `ws` takes a payload limit for none. */
const largest = 2 ** 31 - 1;

/**
 * The given limits over the defaults.
 *
 * @throws TypeError for an unknown name, RangeError for a value that is not a whole number from 0.
 */
export function overLimits<Limits extends object>(defaults: Limits, given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries<unknown>(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`limits.${name} is not a limit; limits are ${Object.keys(defaults).join(', ')}.`);
    }
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > largest) {
      throw new RangeError(
        `limits.${name} is ${String(value)}; write a whole number from 0 (off) to ${largest.toLocaleString('en')}.`,
      );
    }
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
