import type { Setup } from '@colloquy/live-protocol';
import type { WorkletUrl } from '../audio/worklet-url.ts';
import type { WebSocketConstructor } from '../connection/socket-port.ts';
import type { Provided } from '../connection/socket-target.ts';
import type { MicrophoneOptions } from '../devices/microphone.ts';
import type { CreateMediaKit } from '../media-kit.ts';
import type { AnyLiveTool } from './live-tool.ts';

/** How a {@link GeminiLiveAPI} reaches the model and what it asks of it. */
export interface GeminiLiveOptions {
  /**
   * Address of a proxy that speaks Gemini's wire: a path on the page's own host such as `/live`, or a `ws:`, `wss:`,
   * `http:` or `https:` URL. A function is asked before each dial.
   */
  readonly url: Provided<string>;
  /**
   * Ticket for proxies that want one, sent as a subprotocol. A function is asked before each dial, and when the proxy says
   * that the ticket of an open session is about to end: a fresh one prolongs it.
   */
  readonly ticket?: Provided<string>;
  /**
   * What the server at `url` speaks. `colloquy`: a `@colloquy/live-proxy`, which is asked for signs of life and tells of
   * itself by the subprotocol `colloquy.live.v1`. `gemini`: nothing but Gemini's wire, such as Google's own endpoint; a
   * browser refuses a connection whose server does not choose the subprotocol. @defaultValue 'colloquy'
   */
  readonly wire?: 'colloquy' | 'gemini';
  /** What the session shall be. A wish: the proxy may decide otherwise. */
  readonly setup: Setup;
  /** Functions that the model may call and that run here. Their declarations are added to the setup. */
  readonly tools?: readonly AnyLiveTool[];
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
  /** Longest wait for `setupComplete` after dialling, in milliseconds. @defaultValue 15_000 */
  readonly connectTimeoutMs?: number;
  /** Dials before `connect()` rejects because the proxy cannot be reached; `0` never does. @defaultValue 3 */
  readonly maxConnectAttempts?: number;
  /** Dials before a lost connection is given up; `0` never gives up. @defaultValue 8 */
  readonly maxReconnectAttempts?: number;
  /**
   * From the last sign of life of the proxy to a ping, in milliseconds; `0` sends none. With `wire: 'gemini'` there are
   * none. @defaultValue 10_000
   */
  readonly heartbeatIntervalMs?: number;
  /** From a ping without an answer to a new connection, in milliseconds. @defaultValue 8_000 */
  readonly heartbeatTimeoutMs?: number;
  /** Most pieces of the transcript kept in memory. @defaultValue 500 */
  readonly maxTranscriptItems?: number;
  /** Makes the devices; for tests, see `@colloquy/live-client/testing`. */
  readonly media?: CreateMediaKit;
  /** 0 to 1, for the jitter of reconnects. @internal */
  readonly random?: () => number;
}

interface Defaults {
  readonly wire: 'colloquy' | 'gemini';
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxConnectAttempts: number;
  readonly maxReconnectAttempts: number;
  readonly maxTranscriptItems: number;
  readonly duckBy: number;
  readonly keepAwake: boolean;
  readonly random: () => number;
}

const defaults: Defaults = {
  wire: 'colloquy',
  heartbeatIntervalMs: 10_000,
  heartbeatTimeoutMs: 8_000,
  connectTimeoutMs: 15_000,
  maxConnectAttempts: 3,
  maxReconnectAttempts: 8,
  maxTranscriptItems: 500,
  duckBy: 0,
  keepAwake: false,
  random: Math.random,
};

/** The options with what was not said filled in. */
export function withLiveDefaults(options: GeminiLiveOptions): GeminiLiveOptions & Defaults {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...(given as unknown as GeminiLiveOptions) };
}

/** @throws TypeError or RangeError that names the option. */
export function checkLiveOptions(options: GeminiLiveOptions): void {
  const { setup, duckBy, wire } = options;
  if (typeof setup !== 'object' || setup === null || Array.isArray(setup)) {
    throw new TypeError('GeminiLiveAPI needs a "setup": an object such as { model: "models/gemini-3.8-live" }.');
  }
  if (duckBy !== undefined && !(duckBy >= 0 && duckBy <= 1)) {
    throw new RangeError(`"duckBy" is a number from 0 to 1; got ${duckBy}.`);
  }
  if (wire !== undefined && wire !== 'colloquy' && wire !== 'gemini') {
    throw new RangeError(`"wire" is "colloquy" or "gemini"; got ${JSON.stringify(wire)}.`);
  }
  for (const name of numbers) {
    const value = options[name];
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    throw new RangeError(`"${name}" is a number of 0 or more; got ${value}.`);
  }
}

const numbers = [
  'connectTimeoutMs',
  'maxConnectAttempts',
  'maxReconnectAttempts',
  'heartbeatIntervalMs',
  'heartbeatTimeoutMs',
  'maxTranscriptItems',
] as const;
