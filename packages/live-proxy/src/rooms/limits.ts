import { numericOptions } from './numeric-options.ts';

/**
 * What a room server takes from one client, and how long it waits. `0` turns a limit or a deadline off. The largest
 * WebSocket message is the `maxMessageBytes` that the room manager tells clients.
 */
export interface RoomServerLimits {
  /** Longest run of `authenticate` and `authorize`. @defaultValue 10_000 */
  readonly authenticationTimeoutMs: number;
  /**
   * Joins per minute from one address, with a burst of as many; more are closed with 4529. The default does not count
   * addresses of private networks and of this machine: a load balancer that hides addresses has such a one. A number of your
   * own counts all. @defaultValue 120
   */
  readonly joinsPerMinutePerAddress: number;
  /** Longest wait for `hello` after the upgrade. @defaultValue 10_000 */
  readonly helloTimeoutMs: number;
  /** Bytes of messages that are kept while a client is not in its room yet; more are refused. @defaultValue 65_536 */
  readonly maxEarlyBytes: number;
  /** Largest JSON message. @defaultValue 65_536 */
  readonly maxTextMessageBytes: number;
  /** Published texts per second, with a burst of twice as many. @defaultValue 10 */
  readonly textsPerSecond: number;
  /** All JSON messages per second, with a burst of twice as many. @defaultValue 20 */
  readonly messagesPerSecond: number;
  /** Audio frames per second, with a burst of one second; real time is 50. @defaultValue 60 */
  readonly audioFramesPerSecond: number;
  /**
   * Audio bytes per second, with a burst of one second, or of a minute where Gemini clients send recordings; 16 kHz PCM16 in
   * frames of 20 ms is 32,800.
   * @defaultValue 100_000
   */
  readonly audioBytesPerSecond: number;
  /** Pictures for the model per second, with a burst of twice as many. @defaultValue 2 */
  readonly picturesPerSecond: number;
  /**
   * Pictures for people per second, with a burst of one second: a camera at 15 and a screen at 5, or JPEGs of both.
   * @defaultValue 40
   */
  readonly videoFramesPerSecond: number;
  /** Bytes of them per second, with a burst of two seconds. @defaultValue 500_000 */
  readonly videoBytesPerSecond: number;
  /** Refused messages and frames after which a client that does not slow down is closed with 4529. @defaultValue 500 */
  readonly maxExcess: number;
  /** Pause between two WebSocket pings; a client that stays silent for two of them is gone. @defaultValue 20_000 */
  readonly heartbeatIntervalMs: number;
  /**
   * Bytes waiting in a client's socket above which audio waits its turn: messages go first, then people, who are dropped
   * when they are 200 ms old, then the model. @defaultValue 65_536
   */
  readonly liveBufferBytes: number;
  /** Bytes waiting in a client's socket above which pictures are dropped. @defaultValue 262_144 */
  readonly pictureBufferBytes: number;
  /** Bytes waiting above which audio is dropped too, and most of the model's voice that waits. @defaultValue 524_288 */
  readonly audioBufferBytes: number;
  /** Bytes waiting above which the client is closed with 4508. @defaultValue 1_048_576 */
  readonly maxBufferedBytes: number;
  /** Longest time in which not one waiting byte leaves, before 4508. @defaultValue 10_000 */
  readonly stuckTimeoutMs: number;
  /** Largest body of a REST request. @defaultValue 65_536 */
  readonly maxBodyBytes: number;
  /** Longest wait for the whole body. @defaultValue 10_000 */
  readonly bodyTimeoutMs: number;
}

const DEFAULTS: RoomServerLimits = {
  authenticationTimeoutMs: 10_000,
  joinsPerMinutePerAddress: 120,
  helloTimeoutMs: 10_000,
  maxEarlyBytes: 64 * 1024,
  maxTextMessageBytes: 64 * 1024,
  textsPerSecond: 10,
  messagesPerSecond: 20,
  audioFramesPerSecond: 60,
  audioBytesPerSecond: 100_000,
  picturesPerSecond: 2,
  videoFramesPerSecond: 40,
  videoBytesPerSecond: 500_000,
  maxExcess: 500,
  heartbeatIntervalMs: 20_000,
  liveBufferBytes: 64 * 1024,
  pictureBufferBytes: 256 * 1024,
  audioBufferBytes: 512 * 1024,
  maxBufferedBytes: 1024 * 1024,
  stuckTimeoutMs: 10_000,
  maxBodyBytes: 64 * 1024,
  bodyTimeoutMs: 10_000,
};

/** The given limits over the defaults. @throws TypeError, RangeError naming the limit */
export function resolveLimits(given?: Partial<RoomServerLimits>): RoomServerLimits {
  return numericOptions(DEFAULTS, given);
}
