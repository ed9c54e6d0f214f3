import {
  describeGeminiClose,
  GeminiWireError,
  parseServerMessage,
  type ServerEvent,
  type Setup,
} from '@colloquy/live-protocol';
import type { Clock, Timer } from '@colloquy/room-core';
import type { ConnectionFailure } from '../../continuity/retry-policy.ts';
import { isLiveProxyError } from '../../errors.ts';
import { toHttpRefusal } from '../../failures.ts';
import type { Logger } from '../../logger.ts';
import type { SocketClosure, SocketPort } from '../../socket-port.ts';
import { dialUpstream } from '../../upstream/dial.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { WireMessage } from './wire-input.ts';

/** What a {@link GeminiConnection} tells its owner. */
export interface GeminiConnectionHandlers {
  /** The service took the setup. Called at most once. */
  opened(): void;
  /** All meanings of one message, those beside `setupComplete` too. */
  received(events: readonly ServerEvent[]): void;
  /** Exactly once, last; also when it never opened. `null` after {@link GeminiConnection.close}. */
  closed(failure: ConnectionFailure | null): void;
}

/** Options of {@link GeminiConnection}. */
export interface GeminiConnectionOptions {
  readonly upstream: Upstream;
  readonly setup: Setup;
  /** Longest wait for the handshake, and again for the answer to the setup; `0` waits for ever. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Longest wait for the other end's half of the closing handshake: some times a way around the world. Until then no other
 * connection, here or on another server, may go on with the session.
 */
const CLOSE_TIMEOUT_MS = 500;

/**
 * One connection to the service: dials, sends the setup, reads every meaning of every message. It ends once and is not
 * used again; who wants to go on makes a new one. The service answers pings late or never, so it is never judged by them.
 */
export class GeminiConnection {
  readonly #options: GeminiConnectionOptions;
  readonly #handlers: GeminiConnectionHandlers;
  readonly #dialling = new AbortController();
  #socket: SocketPort | null = null;
  #timer: Timer | null = null;
  #isOpen = false;
  #isClosing = false;
  #isClosed = false;
  #whenClosed: (() => void)[] = [];

  constructor(options: GeminiConnectionOptions, handlers: GeminiConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { upstream, timeoutMs } = options;
    dialUpstream(upstream, { signal: this.#dialling.signal, handshakeTimeoutMs: timeoutMs }).then(
      (socket) => this.#dialled(socket),
      (error: unknown) => this.#notDialled(error),
    );
  }

  /** Bytes that wait in this process. */
  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(message: WireMessage): void {
    this.#socket?.send(message);
  }

  /** Says goodbye, and resolves when the connection is gone: only then may its session be resumed on another one. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const closed = new Promise<void>((resolve) => this.#whenClosed.push(resolve));
    if (this.#isClosing) return closed;
    this.#isClosing = true;
    this.#dialling.abort(new Error('The session was closed.'));
    this.#socket?.close(1000, '');
    this.#limit(CLOSE_TIMEOUT_MS, () => this.#socket?.terminate());
    return closed;
  }

  /** Gives the connection up as broken. */
  abandon(failure: ConnectionFailure): void {
    this.#end(failure);
    this.#socket?.terminate();
  }

  #dialled(socket: SocketPort): void {
    this.#socket = socket;
    if (this.#isClosing) {
      socket.terminate();
      this.#end(null);
      return;
    }
    const { timeoutMs, setup } = this.#options;
    socket.listen({
      message: (data) => this.#received(data),
      close: (closure) => this.#end(this.#isClosing ? null : closeFailure(closure)),
    });
    if (timeoutMs > 0) this.#limit(timeoutMs, () => this.abandon(silentFailure(timeoutMs)));
    socket.send(JSON.stringify({ setup }));
  }

  #notDialled(error: unknown): void {
    if (!this.#isClosing) this.#options.logger.warn?.('the model could not be reached', { error });
    this.#end(this.#isClosing ? null : dialFailure(error));
  }

  #received(data: Buffer): void {
    // What comes during the closing handshake still counts: it may be the newest handle.
    if (this.#isClosed) return;
    let events: readonly ServerEvent[];
    try {
      events = parseServerMessage(data);
    } catch (error) {
      if (!(error instanceof GeminiWireError)) throw error;
      this.#options.logger.warn?.('a message of the model could not be read', { reason: error.message });
      return;
    }
    if (!this.#isOpen && !this.#isClosing && events.some(({ type }) => type === 'setupComplete')) {
      this.#isOpen = true;
      this.#timer?.cancel();
      this.#handlers.opened();
    }
    if (events.length > 0) this.#handlers.received(events);
  }

  #limit(ms: number, task: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(ms, task);
  }

  #end(failure: ConnectionFailure | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#handlers.closed(failure);
    for (const resolve of this.#whenClosed) resolve();
  }
}

function closeFailure({ code, reason }: SocketClosure): ConnectionFailure {
  const meaning = describeGeminiClose(code, reason);
  const words =
    reason === '' ? `The model closed the connection (${code}).` : `The model closed the connection: ${reason}`;
  return {
    code: meaning.code,
    reason: `${words} ${meaning.hint}`,
    // A room that is still there did not end the session: go on with a new connection.
    retryable: meaning.retryable || meaning.class === 'normal',
    dropHandle: meaning.dropHandle,
  };
}

function dialFailure(error: unknown): ConnectionFailure {
  if (!isLiveProxyError(error)) {
    return { code: 'ERR_INTERNAL', reason: 'The model could not be reached.', retryable: true, dropHandle: false };
  }
  // The words for clients: everybody in the room reads them.
  return { code: error.code, reason: toHttpRefusal(error).message, retryable: true, dropHandle: false };
}

function silentFailure(timeoutMs: number): ConnectionFailure {
  const reason = `The model did not answer the setup within ${timeoutMs} ms.`;
  return { code: 'ERR_UPSTREAM_TIMEOUT', reason, retryable: true, dropHandle: false };
}
