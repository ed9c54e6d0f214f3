import { type Clock, systemClock } from './clock.ts';
import type { HistoryTurn } from './history.ts';

/** The session whose history is asked for. */
export interface ContinuitySession {
  readonly sessionId: string;
  /** Resource name, as in the setup. */
  readonly model: string;
}

/**
 * Gives what was said so far, oldest first, when a session could not be resumed and is begun again. Without it the proxy
 * keeps a history of its own from texts and transcriptions, of 64 Ki characters.
 */
export type ProvideHistory<Identity> = (
  identity: Identity,
  session: ContinuitySession,
  options: { readonly signal: AbortSignal },
) => readonly HistoryTurn[] | Promise<readonly HistoryTurn[]>;

/** How sessions outlive their upstream connections. `0` turns a limit off. */
export interface ContinuityOptions<Identity> {
  readonly history?: ProvideHistory<Identity>;
  /**
   * Bytes kept of what a client sends while there is no connection, and 64 more for each message. Above it pictures go, then the oldest audio; a client
   * whose words alone are more is closed with 4529.
   *
   * @defaultValue 262_144, 6 s of audio
   */
  readonly maxWaitingBytes?: number;
  /**
   * Bytes kept of typed messages until they are answered, so that they can be sent again after a cut, and 1,024 more for each
   * message. One for which there is no room is passed on and not kept; the client gets the notice `turnNotKept`.
   *
   * @defaultValue 4_194_304
   */
  readonly maxPendingBytes?: number;
  /** Bytes kept of what the service has not consumed, where it counts messages (Vertex). @defaultValue 524_288 */
  readonly maxReplayBytes?: number;
  /**
   * The number that the service gives the first message after the setup in `lastConsumedClientMessageIndex`. Not
   * documented; Google's own sample counts so.
   *
   * @defaultValue 1
   */
  readonly firstMessageIndex?: 0 | 1;
  /** How long a session may be without an upstream before it fails, in milliseconds. @defaultValue 120_000 */
  readonly maxOutageMs?: number;
  /** How long a handle is tried that is refused as still attached, in milliseconds. @defaultValue 15_000 */
  readonly handlePatienceMs?: number;
  /**
   * Longest silence, in milliseconds, while an answer to a text is due, before a resumed session counts as deaf and is
   * begun again. One that has shown that it hears, and then says nothing for four times as long, is resumed on another
   * connection.
   *
   * @defaultValue 8_000
   */
  readonly watchdogMs?: number;
  /**
   * Longest time, in milliseconds, without a message or an answer to a ping before the connection to the service counts as
   * dead. Pings go out three times in it. Gemini has been seen to take long for them: stay above 45 s.
   *
   * @defaultValue 45_000
   */
  readonly keepAliveMs?: number;
  /** @defaultValue the machine's time */
  readonly clock?: Clock;
  /** 0 to 1, for the jitter of retries. @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** Options with every default filled in. */
export interface ContinuitySettings {
  readonly history: ProvideHistory<unknown> | null;
  readonly maxWaitingBytes: number;
  readonly maxPendingBytes: number;
  readonly maxReplayBytes: number;
  readonly firstMessageIndex: 0 | 1;
  readonly maxOutageMs: number;
  readonly handlePatienceMs: number;
  readonly watchdogMs: number;
  readonly keepAliveMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

const defaults: ContinuitySettings = {
  history: null,
  maxWaitingBytes: 256 * 1024,
  maxPendingBytes: 4 * 1024 * 1024,
  maxReplayBytes: 512 * 1024,
  firstMessageIndex: 1,
  maxOutageMs: 120_000,
  handlePatienceMs: 15_000,
  watchdogMs: 8_000,
  keepAliveMs: 45_000,
  clock: systemClock,
  random: Math.random,
};

/** Above this a Node timer fires at once. */
const largest = 2 ** 31 - 1;

/**
 * The given options over the defaults; `null` for the plain relay.
 *
 * @throws TypeError or RangeError that names the option, its value and the remedy.
 */
export function resolveContinuity<Identity>(
  given: ContinuityOptions<Identity> | false | undefined,
): ContinuitySettings | null {
  if (given === false) return null;
  if (given !== undefined && (typeof given !== 'object' || given === null)) {
    throw new TypeError(`createLiveProxy: continuity is ${String(given)}; pass an object of options, or false.`);
  }
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`continuity.${name} is not an option; options are ${Object.keys(defaults).join(', ')}.`);
    }
    check(name, value);
  }
  return { ...defaults, ...Object.fromEntries(set) };
}

function check(name: string, value: unknown): void {
  if (name === 'history' || name === 'random') {
    if (typeof value !== 'function') throw new TypeError(`continuity.${name} must be a function, not ${typeof value}.`);
  } else if (name === 'firstMessageIndex') {
    if (value !== 0 && value !== 1) throw new RangeError(`continuity.${name} is ${String(value)}; write 0 or 1.`);
  } else if (name !== 'clock' && !(Number.isInteger(value) && Number(value) >= 0 && Number(value) <= largest)) {
    throw new RangeError(
      `continuity.${name} is ${String(value)}; write a whole number from 0 (off) to ${largest.toLocaleString('en')}.`,
    );
  }
}
