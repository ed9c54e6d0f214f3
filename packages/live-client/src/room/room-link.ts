import type { RoomClientMessage } from '@colloquy/live-protocol';
import { ROOM_SUBPROTOCOL } from '@colloquy/live-protocol';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import { toCloseError } from '../connection/close-error.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionSnapshot } from '../connection/connection-snapshot.ts';
import { Heartbeat } from '../connection/heartbeat.ts';
import { pageNetworkHints } from '../connection/network-hints.ts';
import { socketTarget } from '../connection/socket-target.ts';
import { WakeLock } from '../connection/wake-lock.ts';
import { webSocketOpener } from '../connection/web-socket.ts';
import { LiveClientError } from '../errors.ts';
import type { RoomOptions } from './room-client-options.ts';
import type { TabIdentity } from './tab-identity.ts';

/** What has to wait a moment, such as a text that was refused for now, waits so long. */
const LATER_MS = 1000;

/** What a {@link RoomLink} works with. */
export interface RoomLinkPort {
  readonly options: RoomOptions;
  readonly codecs: CodecLoader;
  readonly identity: TabIdentity;
  /** The first message of a socket. */
  readonly hello: () => RoomClientMessage;
  readonly received: (data: string | Uint8Array<ArrayBuffer>) => void;
  /** The room was joined and is not any more. */
  readonly lost: () => void;
  readonly changed: (connection: ConnectionSnapshot) => void;
}

/** The connection to a room: dials, says hello, keeps watch over the other end, and keeps the screen on. */
export class RoomLink {
  readonly #port: RoomLinkPort;
  readonly #connection: Connection;
  readonly #heartbeat: Heartbeat;
  readonly #wakeLock = new WakeLock();
  #later: ReturnType<typeof setTimeout> | undefined;
  #roundTripMs: number | null = null;

  constructor(port: RoomLinkPort) {
    const { heartbeatIntervalMs, heartbeatTimeoutMs } = port.options;
    this.#port = port;
    this.#connection = this.#createConnection();
    this.#heartbeat = new Heartbeat({
      intervalMs: heartbeatIntervalMs,
      timeoutMs: heartbeatTimeoutMs,
      sendPing: () => this.send({ type: 'ping', t: Date.now() }),
      onTimeout: () => this.fail(silentServer(heartbeatTimeoutMs)),
    });
  }

  get status(): ConnectionSnapshot['status'] {
    return this.#connection.snapshot.status;
  }

  get isOpen(): boolean {
    return this.status === 'open';
  }

  /** Bytes that wait in the socket. */
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  /** From the last ping to its answer, in milliseconds; `null` before the first one. */
  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** Resolves when the room has welcomed this participant; see `RoomClient.connect`. */
  connect(signal: AbortSignal | undefined): Promise<void> {
    return this.#connection.connect(signal);
  }

  /** Leaves the room and closes. */
  leave(): Promise<void> {
    return this.#connection.close(JSON.stringify({ type: 'leave' } satisfies RoomClientMessage));
  }

  dispose(): void {
    this.#connection.dispose();
  }

  /** Also before the room has welcomed; goes nowhere without a socket. */
  send(message: RoomClientMessage): void {
    this.#connection.send(JSON.stringify(message));
  }

  sendFrame(bytes: Uint8Array<ArrayBuffer>): void {
    this.#connection.send(bytes);
  }

  /** Does it in a second, in place of what was to be done then, unless the connection is lost before. */
  later(run: () => void): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(run, LATER_MS);
  }

  /** Gives up the socket of this moment; dials again when the error is retryable. */
  fail(error: LiveClientError): void {
    this.#connection.fail(error);
  }

  /** The server lost count of this client's messages: connects again under a new id. */
  renewIdentity(): void {
    this.#port.identity.renew();
    this.fail(
      new LiveClientError('ERR_CONNECTION_LOST', 'The server lost count of the messages of this client.', {
        hint: 'The client connects again under a new id.',
        retryable: true,
      }),
    );
  }

  /** The room has welcomed this participant. */
  welcomed(): void {
    this.#connection.markReady();
    this.#heartbeat.start();
  }

  /** The server is there and lets one wait at the door. */
  waiting(): void {
    this.#connection.hold();
    this.#heartbeat.start();
  }

  /** The server goes away: dial again in so many milliseconds. */
  goAwayIn(milliseconds: number): void {
    this.#connection.goAwayIn(milliseconds);
  }

  /** Anything came. */
  heard(): void {
    this.#heartbeat.heard();
  }

  /** The answer to the ping of this moment, milliseconds since the Unix epoch. */
  answered(pingedAtMs: number): void {
    this.#roundTripMs = Math.max(0, Date.now() - pingedAtMs);
  }

  #createConnection(): Connection {
    const { options, codecs, identity, hello, received, lost } = this.#port;
    const { url, ticket, webSocket, connectTimeoutMs, maxConnectAttempts } = options;
    return new Connection({
      openSocket: webSocketOpener(webSocket),
      target: async () => {
        const target = await socketTarget({ url, ticket, subprotocol: ROOM_SUBPROTOCOL, isRequired: true });
        if (codecs.isWorthAsking && !codecs.abilities) await codecs.find();
        identity.take(target.url);
        return target;
      },
      toError: toCloseError,
      connectTimeoutMs,
      maxConnectAttempts,
      maxReconnectAttempts: 0,
      hints: pageNetworkHints(),
      random: options.random,
      handlers: {
        socketOpened: () => this.send(hello()),
        messageReceived: (data) => {
          this.heard();
          received(data);
        },
        connectionLost: () => {
          this.#heartbeat.stop();
          clearTimeout(this.#later);
          lost();
        },
        stateChanged: (connection) => {
          if (connection.status !== 'open') this.#heartbeat.stop();
          if (options.keepAwake) this.#wakeLock.set(connection.status !== 'closed');
          this.#port.changed(connection);
        },
        probe: () => this.#heartbeat.probe(),
      },
    });
  }
}

function silentServer(timeoutMs: number): LiveClientError {
  return new LiveClientError('ERR_CONNECTION_LOST', `The server did not answer a ping within ${timeoutMs} ms.`, {
    hint: 'The client connects again by itself.',
    retryable: true,
  });
}
