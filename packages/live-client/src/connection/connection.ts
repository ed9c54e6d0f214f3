import { isLiveClientError, LiveClientError } from '../errors.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { type ConnectionSnapshot, IDLE_CONNECTION } from './connection-snapshot.ts';
import type { NetworkHint } from './network-hints.ts';
import { DEFAULT_RECONNECT_POLICY, failuresAfter, type ReconnectPolicy, reconnectDelayMs } from './reconnect-policy.ts';
import type { SocketClosing, SocketPort } from './socket-port.ts';

type Timer = ReturnType<typeof setTimeout>;

/** One socket and what belongs to it. Late callbacks are known by not being the current dial. */
interface Dial {
  socket: SocketPort | null;
}

type State =
  | { readonly status: 'idle' }
  | { readonly status: 'waiting'; readonly timer: Timer; readonly retryAtMs: number; readonly mayHurry: boolean }
  | { readonly status: 'dialling'; readonly dial: Dial; readonly deadline: Timer }
  | { readonly status: 'open'; readonly dial: Dial; readonly openedAtMs: number }
  | { readonly status: 'closing'; readonly dial: Dial; readonly deadline: Timer }
  | { readonly status: 'closed' };

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: LiveClientError) => void;
}

/** How long a close handshake may take before the socket is left to itself. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * One logical connection over many sockets, and the only owner of its retry timer.
 *
 * ```
 * idle ── connect ──▶ dialling ── markReady ──▶ open ── close() ──▶ closing ──▶ closed
 *                      ▲    │ failed             │ lost
 *                      │    ▼                    ▼
 *                      └─ waiting ◀──────────────┘        a fatal error or spent attempts: closed
 * ```
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #policy: ReconnectPolicy;
  #state: State = { status: 'idle' };
  #snapshot: ConnectionSnapshot = IDLE_CONNECTION;
  #error: LiveClientError | null = null;
  #wasOpen = false;
  #failures = 0;
  #dials = 0;
  #goAway: { readonly timer: Timer; readonly atMs: number } | null = null;
  #waiters: readonly Waiter[] = [];
  #unsubscribeHints: (() => void) | null = null;
  #closed: (() => void) | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#policy = options.policy ?? DEFAULT_RECONNECT_POLICY;
  }

  get snapshot(): ConnectionSnapshot {
    return this.#snapshot;
  }

  /** Bytes that wait in the open socket; 0 when there is none. */
  get bufferedAmount(): number {
    return this.#state.status === 'open' ? (this.#state.dial.socket?.bufferedAmount ?? 0) : 0;
  }

  /** Resolves when the connection is ready; several callers share one attempt. */
  connect(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(abortError(signal));
    if (this.#state.status === 'open') return Promise.resolve();
    const ready = this.#wait(signal);
    if (this.#state.status === 'idle' || this.#state.status === 'closed' || this.#state.status === 'closing') {
      this.#dropSocket();
      this.#toldClosed();
      this.#wasOpen = false;
      this.#failures = 0;
      this.#dials = 0;
      this.#error = null;
      this.#unsubscribeHints ??= this.#options.hints.subscribe((hint) => this.#hinted(hint));
      this.#dial();
    }
    return ready;
  }

  /** The first message was answered: the connection is usable. */
  markReady(): void {
    if (this.#state.status !== 'dialling') return;
    clearTimeout(this.#state.deadline);
    this.#wasOpen = true;
    this.#error = null;
    this.#enter({ status: 'open', dial: this.#state.dial, openedAtMs: performance.now() });
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve();
  }

  /** The other end is there and lets us wait: the deadline counts no more, and what broke before is forgotten. */
  hold(): void {
    if (this.#state.status !== 'dialling') return;
    clearTimeout(this.#state.deadline);
    this.#failures = 0;
    this.#dials = 1;
  }

  /** Sends on the socket of this moment, also before {@link Connection.markReady}; `false` when none takes it. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    return this.#currentDial()?.socket?.send(data) ?? false;
  }

  /** Gives up the socket of this moment because of `error`; dials again when the error is retryable. */
  fail(error: LiveClientError, closeCode = 1000): void {
    const dial = this.#currentDial();
    if (dial) this.#failed(dial, error, closeCode);
  }

  /** The server goes away: dial again in `inMs` milliseconds, and not before if it closes earlier. */
  goAwayIn(inMs: number): void {
    const dial = this.#currentDial();
    if (!dial) return;
    if (this.#goAway) clearTimeout(this.#goAway.timer);
    const timer = setTimeout(() => {
      this.#goAway = null;
      const error = new LiveClientError('ERR_SERVER_DRAINING', 'The server went away as it had announced.', {
        retryable: true,
      });
      if (this.#currentDial() === dial) this.#failed(dial, error, 1000);
    }, inMs);
    this.#goAway = { timer, atMs: performance.now() + inMs };
  }

  /** Sends `farewell` if the connection was ready, closes politely and resolves when the socket is gone, at the latest after a second. */
  close(farewell?: string): Promise<void> {
    const dial = this.#currentDial();
    if (!dial?.socket) {
      this.#end(null);
      return Promise.resolve();
    }
    const { socket } = dial;
    const wasReady = this.#state.status === 'open';
    this.#clearTimers();
    return new Promise((resolve) => {
      this.#closed = resolve;
      const deadline = setTimeout(() => this.#end(null), CLOSE_TIMEOUT_MS);
      this.#state = { status: 'closing', dial, deadline };
      if (wasReady) this.#options.handlers.connectionLost();
      if (farewell !== undefined && wasReady) socket.send(farewell);
      socket.close(1000);
    });
  }

  /** Ends at once and frees everything; `connect()` callers are told. */
  dispose(): void {
    this.#end(null);
  }

  async #dial(): Promise<void> {
    const dial: Dial = { socket: null };
    const deadline = setTimeout(() => this.#failed(dial, this.#timeoutError(), 1000), this.#options.connectTimeoutMs);
    this.#dials += 1;
    this.#enter({ status: 'dialling', dial, deadline });
    try {
      const { url, protocols } = await this.#options.target();
      if (this.#currentDial() !== dial) return;
      dial.socket = this.#options.openSocket(url, protocols, {
        onOpen: () => {
          if (this.#currentDial() === dial) this.#options.handlers.socketOpened();
        },
        onMessage: (data) => {
          if (this.#currentDial() === dial) this.#options.handlers.messageReceived(data);
        },
        onClose: (closing) => this.#socketClosed(dial, closing),
      });
    } catch (cause) {
      this.#failed(dial, toDialError(cause), 1000);
    }
  }

  #socketClosed(dial: Dial, closing: SocketClosing): void {
    if (this.#state.status === 'closing' && this.#state.dial === dial) {
      this.#end(null);
    } else if (this.#currentDial() === dial) {
      this.#failed(dial, this.#options.toError(closing, this.#state.status === 'open'), 1000);
    }
  }

  #failed(dial: Dial, error: LiveClientError, closeCode: number): void {
    if (this.#currentDial() !== dial) return;
    const wasReady = this.#state.status === 'open';
    if (this.#state.status === 'open') {
      const uptimeMs = performance.now() - this.#state.openedAtMs;
      this.#failures = failuresAfter(this.#failures, uptimeMs, this.#policy);
      if (this.#failures === 0) this.#dials = 0;
    }
    const goAwayInMs = this.#goAway ? this.#goAway.atMs - performance.now() : 0;
    this.#clearTimers();
    dial.socket?.abandon(closeCode);
    const delayMs = reconnectDelayMs(this.#failures, (this.#options.random ?? Math.random)(), this.#policy);
    this.#failures += 1;
    // The state changes before the owner hears of the loss, so that what it sends meanwhile goes nowhere.
    if (!this.#mayRetry(error)) this.#end(error, wasReady);
    else {
      this.#error = error;
      this.#waitAndDial(Math.max(delayMs, goAwayInMs), goAwayInMs <= 0);
      if (wasReady) this.#options.handlers.connectionLost();
    }
  }

  #mayRetry(error: LiveClientError): boolean {
    const { maxConnectAttempts, maxReconnectAttempts, mayRetry } = this.#options;
    const limit = this.#wasOpen ? maxReconnectAttempts : maxConnectAttempts;
    const isSpent = limit > 0 && this.#failures >= limit;
    return error.retryable && !isSpent && (mayRetry?.(error, this.#wasOpen) ?? true);
  }

  #waitAndDial(delayMs: number, mayHurry: boolean): void {
    const timer = setTimeout(() => this.#dial(), delayMs);
    this.#enter({ status: 'waiting', timer, retryAtMs: Date.now() + delayMs, mayHurry });
  }

  #hinted(hint: NetworkHint): void {
    if (this.#state.status === 'waiting' && hint !== 'offline' && this.#state.mayHurry) {
      clearTimeout(this.#state.timer);
      this.#dial();
    } else if (this.#state.status === 'open') {
      this.#options.handlers.probe(hint);
    }
  }

  #end(error: LiveClientError | null, wasReady: boolean = this.#state.status === 'open'): void {
    const over = this.#state.status === 'idle' || this.#state.status === 'closed';
    if (over && this.#waiters.length === 0) return;
    this.#dropSocket();
    this.#unsubscribeHints?.();
    this.#unsubscribeHints = null;
    this.#error = error;
    this.#enter({ status: 'closed' });
    if (wasReady) this.#options.handlers.connectionLost();
    const waiters = this.#waiters;
    this.#waiters = [];
    const reason = error ?? new LiveClientError('ERR_ABORTED', 'The connection was closed before it was ready.');
    for (const waiter of waiters) waiter.reject(reason);
    this.#toldClosed();
  }

  /** Whoever waits in {@link Connection.close} may go on. */
  #toldClosed(): void {
    this.#closed?.();
    this.#closed = null;
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const aborted = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(abortError(signal));
        // Nobody waits for a first connection any more; one that was open once lives on.
        if (this.#waiters.length === 0 && !this.#wasOpen) this.#end(null);
      };
      const settle = () => signal?.removeEventListener('abort', aborted);
      const waiter: Waiter = {
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiters = [...this.#waiters, waiter];
    });
  }

  #currentDial(): Dial | null {
    return this.#state.status === 'dialling' || this.#state.status === 'open' ? this.#state.dial : null;
  }

  #dropSocket(): void {
    this.#clearTimers();
    if ('dial' in this.#state) this.#state.dial.socket?.abandon(1000);
  }

  #clearTimers(): void {
    if (this.#goAway) clearTimeout(this.#goAway.timer);
    this.#goAway = null;
    if ('timer' in this.#state) clearTimeout(this.#state.timer);
    if ('deadline' in this.#state) clearTimeout(this.#state.deadline);
  }

  #enter(state: State): void {
    this.#state = state;
    this.#snapshot = this.#toSnapshot(state);
    this.#options.handlers.stateChanged(this.#snapshot);
  }

  #toSnapshot(state: State): ConnectionSnapshot {
    const error = this.#error;
    const trying = this.#wasOpen ? 'reconnecting' : 'connecting';
    switch (state.status) {
      case 'idle':
        return IDLE_CONNECTION;
      case 'waiting':
        return { status: trying, attempt: this.#dials + 1, retryAtMs: state.retryAtMs, error };
      case 'dialling':
        return { status: trying, attempt: this.#dials, retryAtMs: null, error };
      case 'open':
        return { status: 'open', attempt: 0, retryAtMs: null, error: null };
      case 'closing':
      case 'closed':
        return { status: 'closed', attempt: 0, retryAtMs: null, error };
    }
    return state satisfies never;
  }

  #timeoutError(): LiveClientError {
    return new LiveClientError(
      'ERR_CONNECT_TIMEOUT',
      `The server did not answer within ${this.#options.connectTimeoutMs} ms.`,
      { hint: 'Check that the server runs and that the URL leads to it.', retryable: true },
    );
  }
}

function abortError(signal: AbortSignal | undefined): LiveClientError {
  return new LiveClientError('ERR_ABORTED', 'Connecting was aborted by its signal.', { cause: signal?.reason });
}

/** A function of the caller failed; unless it says otherwise, its ticket or URL may come the next time. */
function toDialError(cause: unknown): LiveClientError {
  if (isLiveClientError(cause)) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new LiveClientError('ERR_CONNECTION_FAILED', `The URL or the ticket could not be had: ${detail}`, {
    cause,
    hint: 'Throw a LiveClientError that is not retryable from the function when trying again is of no use.',
    retryable: true,
  });
}
