import { type ClientLimits, defaultClientLimits, overLimits } from './client-limits.ts';

/** What the proxy takes from one client, and how long it waits. `0` turns a limit or a deadline off. */
export interface LiveProxyLimits extends ClientLimits {
  /**
   * Longest run of `authenticate`, of the ledger, of `setup`, of the history hook, and of the credential and handshake with
   * the upstream, each, in milliseconds. On expiry: HTTP 503 before the upgrade, 4500 for `setup`, 4504 for the upstream.
   *
   * @defaultValue 10_000, which is what reverse proxies grant
   */
  readonly handshakeTimeoutMs: number;
  /**
   * Longest wait for the client's setup after the upgrade (close code 1008), and for the upstream's answer to it (4504),
   * in milliseconds.
   *
   * @defaultValue 10_000
   */
  readonly firstMessageTimeoutMs: number;
  /** Largest message from a client, in bytes; larger ones close with 1009. @defaultValue 4_194_304, a large picture */
  readonly maxMessageBytes: number;
  /** Largest message from the upstream, in bytes; larger ones close with 1011. @defaultValue 16_777_216, a burst of video */
  readonly maxUpstreamMessageBytes: number;
  /**
   * Bytes that a client may send before the upstream is open, and 64 more for each message; more close with 4529.
   *
   * @defaultValue 1_048_576, 24 s of audio
   */
  readonly maxQueuedBytes: number;
  /**
   * Bytes waiting in one socket above which the other one is not read, in each direction. Reading goes on at half of it.
   * What a connection holds stays below this, plus one message, plus what one read of the socket brings (64 KiB). Values
   * from 1 to 8,191 count as 8,192: of fewer bytes nobody is told that they have left.
   *
   * @defaultValue 1_048_576, which is 16 s of the model's audio
   */
  readonly maxBufferedBytes: number;
  /**
   * Longest time, in milliseconds, that a socket may stay above `maxBufferedBytes`; then the connection is closed with
   * 4508 when the client is the stuck one, and with 4504 when the upstream is.
   *
   * @defaultValue 15_000
   */
  readonly stuckTimeoutMs: number;
  /**
   * Pause between two pings to the client, in milliseconds. One that leaves two of them unanswered is gone: its session
   * ends with 4508.
   *
   * @defaultValue 20_000, below the minute after which load balancers drop what is silent
   */
  readonly heartbeatIntervalMs: number;
}

const defaults: LiveProxyLimits = {
  ...defaultClientLimits,
  handshakeTimeoutMs: 10_000,
  firstMessageTimeoutMs: 10_000,
  maxMessageBytes: 4 * 1024 * 1024,
  maxUpstreamMessageBytes: 16 * 1024 * 1024,
  maxQueuedBytes: 1024 * 1024,
  maxBufferedBytes: 1024 * 1024,
  stuckTimeoutMs: 15_000,
  heartbeatIntervalMs: 20_000,
};

/**
 * The given limits over the defaults.
 *
 * @throws TypeError for an unknown name, RangeError for a value that is not a whole number from 0.
 */
export function resolveLimits(given?: Partial<LiveProxyLimits>): LiveProxyLimits {
  return overLimits(defaults, given);
}
