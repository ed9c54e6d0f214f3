import type { WorkletUrl } from '../audio/worklet-url.ts';
import type { WebSocketConstructor } from '../connection/socket-port.ts';
import type { Provided } from '../connection/socket-target.ts';
import type { MicrophoneOptions } from '../devices/microphone.ts';
import type { CreateMediaKit } from '../media-kit.ts';

/** How a {@link RoomClient} reaches its room. */
export interface RoomClientOptions {
  /**
   * Address of the room: a path on the page's own host such as `/rooms/panel`, or a `ws:`, `wss:`, `http:` or `https:`
   * URL. A function is asked before each dial.
   */
  readonly url: Provided<string>;
  /** Ticket for servers that want one, sent as a subprotocol. A function is asked before each dial. */
  readonly ticket?: Provided<string>;
  /**
   * Id of this tab among the clients of the room: 1–64 letters, digits, `-`, `_`. Two clients with one id push each other
   * out. Give one only if it is new for every page load.
   * @defaultValue a random one, kept in `sessionStorage` over reloads
   */
  readonly clientId?: string;
  /** WebSocket class. @defaultValue `globalThis.WebSocket` */
  readonly webSocket?: WebSocketConstructor;
  /** Where the worklet files are served, for pages whose policy forbids `blob:` scripts. @defaultValue inline */
  readonly workletUrl?: WorkletUrl;
  /** How the microphone is opened: device, echo cancellation and the like. */
  readonly microphone?: MicrophoneOptions;
  /** Share by which everything is quieter while the person here speaks, 0 to 1; `0` for not at all. @defaultValue 0 */
  readonly duckBy?: number;
  /** Keeps the screen on while connected, where the browser can. @defaultValue false */
  readonly keepAwake?: boolean;
  /**
   * Opus and VP8 for people's voices and pictures, where this browser has them and everybody else in the room too;
   * `false`: PCM16 and JPEG only. @defaultValue `true`
   */
  readonly webCodecs?: boolean;
  /** Longest wait for `welcome` after dialling, in milliseconds. @defaultValue 10_000 */
  readonly connectTimeoutMs?: number;
  /**
   * Dials before `connect()` rejects because the server cannot be reached; `0` never rejects for that. A connection that
   * was open once is tried again without limit. @defaultValue 3
   */
  readonly maxConnectAttempts?: number;
  /** From the last sign of life to a ping, in milliseconds; `0` sends none. @defaultValue 10_000 */
  readonly heartbeatIntervalMs?: number;
  /** From a ping without an answer to a new connection, in milliseconds. @defaultValue 8_000 */
  readonly heartbeatTimeoutMs?: number;
  /**
   * Longest wait for the answer to a request or for a page of the log, in milliseconds; `0` waits for ever.
   * @defaultValue 15_000
   */
  readonly requestTimeoutMs?: number;
  /** Most log entries kept in memory; older ones are dropped and can be loaded again. @defaultValue 2_000 */
  readonly maxTimelineItems?: number;
  /** Entries that one `loadOlder()` asks for, 1–500. @defaultValue 50 */
  readonly historyPageSize?: number;
  /** Makes the devices; for tests, see `@colloquy/live-client/testing`. */
  readonly media?: CreateMediaKit;
  /** 0 to 1, for the jitter of reconnects. @internal */
  readonly random?: () => number;
}

interface Defaults {
  readonly connectTimeoutMs: number;
  readonly maxConnectAttempts: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxTimelineItems: number;
  readonly historyPageSize: number;
  readonly duckBy: number;
  readonly keepAwake: boolean;
  readonly random: () => number;
}

const defaults: Defaults = {
  connectTimeoutMs: 10_000,
  maxConnectAttempts: 3,
  heartbeatIntervalMs: 10_000,
  heartbeatTimeoutMs: 8_000,
  requestTimeoutMs: 15_000,
  maxTimelineItems: 2_000,
  historyPageSize: 50,
  duckBy: 0,
  keepAwake: false,
  random: Math.random,
};

/** The options with what was not said filled in. */
export type RoomOptions = RoomClientOptions & Defaults;

/** Fills in what was not said. */
export function withDefaults(options: RoomClientOptions): RoomOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...(given as unknown as RoomClientOptions) };
}

/** @throws TypeError or RangeError that names the option. */
export function checkRoomOptions(options: RoomClientOptions): void {
  const { clientId, historyPageSize, duckBy } = options;
  if (clientId !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(clientId)) {
    throw new RangeError(`"clientId" is 1 to 64 letters, digits, "-" or "_"; got ${JSON.stringify(clientId)}.`);
  }
  if (duckBy !== undefined && !(duckBy >= 0 && duckBy <= 1)) {
    throw new RangeError(`"duckBy" is a number from 0 to 1; got ${duckBy}.`);
  }
  for (const name of numbers) {
    const value = options[name];
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    throw new RangeError(`"${name}" is a number of 0 or more; got ${value}.`);
  }
  if (historyPageSize !== undefined && (historyPageSize < 1 || historyPageSize > 500)) {
    throw new RangeError(`"historyPageSize" is 1 to 500; got ${historyPageSize}.`);
  }
}

const numbers = [
  'connectTimeoutMs',
  'maxConnectAttempts',
  'heartbeatIntervalMs',
  'heartbeatTimeoutMs',
  'requestTimeoutMs',
  'maxTimelineItems',
  'historyPageSize',
] as const;
