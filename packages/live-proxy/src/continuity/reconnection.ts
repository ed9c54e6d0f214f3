import type { LiveProxyError } from '../errors.ts';
import type { SocketPort } from '../socket-port.ts';
import type { CircuitBreaker, DialPermit } from './circuit-breaker.ts';
import type { Timer } from './clock.ts';
import type { ContinuitySettings } from './continuity-options.ts';
import type { HistoryTurn } from './history.ts';
import type { RelayEnd } from './lasting-relay-options.ts';
import { type ConnectionFailure, RetryPolicy } from './retry-policy.ts';
import type { SessionHandle } from './session-handle.ts';
import { dialFailure } from './upstream-failures.ts';

/** A connection lasted this long: it was no failure. */
const stableAfterMs = 10_000;

/** With what a connection was opened. */
export interface Opening {
  /** `null`: a fresh session. */
  readonly handle: string | null;
  /** What a fresh session is to be told. */
  readonly history: readonly HistoryTurn[];
  /** Is to be told what came of the setup. */
  readonly permit: DialPermit;
}

/** Options of {@link Reconnection}. */
export interface ReconnectionOptions {
  readonly settings: Pick<ContinuitySettings, 'clock' | 'maxOutageMs' | 'random'>;
  readonly breaker: CircuitBreaker;
  /** The upstream is not dialled for so many milliseconds. */
  readonly down: (pauseMs: number) => LiveProxyError;
  readonly handle: SessionHandle;
  /** Opens a connection, for a caller that was admitted by the breaker; what comes of its setup is told by the connection. */
  readonly dial: (signal: AbortSignal) => Promise<SocketPort>;
  /** What was said so far. Never rejects. */
  readonly readHistory: (signal: AbortSignal) => Promise<readonly HistoryTurn[]>;
  readonly onOpen: (upstream: SocketPort, opening: Opening) => void;
  /** An attempt failed; the next one follows, or `onOver`. */
  readonly onDialFailed: (error: unknown) => void;
  /** The next attempt waits because of this. */
  readonly onRetry: (failure: ConnectionFailure) => void;
  /** There will be no further attempt. */
  readonly onOver: (failure: ConnectionFailure, end: RelayEnd) => void;
}

type Attempt =
  | { readonly status: 'none' }
  | { readonly status: 'waiting'; readonly timer: Timer }
  | { readonly status: 'dialling'; readonly abort: AbortController };

/**
 * Finds the next connection to the service, and knows when it has taken too long.
 *
 * ```
 * none ──start──▶ dialling ──opened──▶ none
 *   │               │   ▲
 *   └──after──┐     │   │ time
 *             ▼     ▼   │
 *             waiting ──┘      cancelled, fatal, outage too long: none
 * ```
 */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  readonly #retry: RetryPolicy;
  #attempt: Attempt = { status: 'none' };
  /** Since when there is no connection that lasts, and what came last. */
  #outage: { readonly sinceMs: number; readonly failure: ConnectionFailure; readonly end: RelayEnd } | null = null;

  constructor(options: ReconnectionOptions) {
    this.#options = options;
    this.#retry = new RetryPolicy({
      maxAttempts: Number.POSITIVE_INFINITY,
      handleAttempts: Number.POSITIVE_INFINITY,
      stableAfterMs,
      jitter: 'full',
      random: options.settings.random,
    });
  }

  /** Opens a connection now, or as soon as the breaker admits it. */
  start(): void {
    const { breaker, settings, onOpen, onDialFailed, down } = this.#options;
    if (this.#endIfTooLong()) return;
    const permit = breaker.admit();
    if (typeof permit === 'number') {
      // Also where nobody has failed but others: a session without an upstream is one, whoever found out.
      const error = down(permit);
      this.#outage ??= {
        sinceMs: settings.clock.monotonic(),
        failure: dialFailure(error),
        end: { type: 'failed', error },
      };
      this.#wait(permit * (1 + settings.random() / 4));
      return;
    }
    const abort = new AbortController();
    this.#attempt = { status: 'dialling', abort };
    this.#dial(permit, abort.signal).then(
      ({ upstream, ...opening }) => {
        if (abort.signal.aborted) {
          upstream.terminate();
          permit.abandoned();
          return;
        }
        this.#attempt = { status: 'none' };
        onOpen(upstream, opening);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        onDialFailed(error);
        this.after(dialFailure(error), { type: 'failed', error }, null);
      },
    );
  }

  /** A connection was lost. @param lastedMs How long it was open; `null` when it never was. */
  after(failure: ConnectionFailure, end: RelayEnd, lastedMs: number | null): void {
    const { settings, handle, onRetry } = this.#options;
    const nowMs = settings.clock.monotonic();
    // Connections that stay open and answer nothing are an outage as well: it must not go on for ever.
    const isSilent = failure.isUnanswered === true;
    if (lastedMs !== null && lastedMs >= stableAfterMs && !isSilent) this.#outage = null;
    this.#outage = { sinceMs: this.#outage?.sinceMs ?? nowMs, failure, end };
    const decision = this.#retry.afterFailure(failure, handle.value !== null, lastedMs);
    if (decision.action === 'fail') {
      this.#over(failure, end);
      return;
    }
    if (decision.dropHandle) handle.forget();
    if (this.#endIfTooLong()) return;
    this.#wait(decision.delayMs);
    onRetry(failure);
  }

  /** The connection serves its purpose: whatever comes is a new outage. */
  settled(): void {
    this.#outage = null;
    this.#options.handle.proved();
  }

  /** Ends the attempt that is under way. */
  cancel(): void {
    const attempt = this.#attempt;
    this.#attempt = { status: 'none' };
    if (attempt.status === 'waiting') attempt.timer.cancel();
    if (attempt.status === 'dialling') attempt.abort.abort(new Error('The session was closed.'));
  }

  async #dial(permit: DialPermit, signal: AbortSignal): Promise<Opening & { readonly upstream: SocketPort }> {
    const { dial, readHistory } = this.#options;
    const handle = this.#options.handle.value;
    try {
      const upstream = await dial(signal);
      const history = handle === null ? await readHistory(signal) : [];
      return { upstream, history, handle, permit };
    } catch (error) {
      if (signal.aborted) permit.abandoned();
      else permit.failed(null);
      throw error;
    }
  }

  #endIfTooLong(): boolean {
    const { clock, maxOutageMs } = this.#options.settings;
    if (this.#outage === null || maxOutageMs === 0) return false;
    const { sinceMs, failure, end } = this.#outage;
    if (clock.monotonic() - sinceMs < maxOutageMs) return false;
    this.#over(failure, end);
    return true;
  }

  #over(failure: ConnectionFailure, end: RelayEnd): void {
    this.#attempt = { status: 'none' };
    this.#options.onOver(failure, end);
  }

  /** Not longer than the outage may last. */
  #wait(delayMs: number): void {
    const { clock, maxOutageMs } = this.#options.settings;
    const leftMs =
      this.#outage === null || maxOutageMs === 0 ? delayMs : this.#outage.sinceMs + maxOutageMs - clock.monotonic();
    const timer = clock.setTimer(Math.min(delayMs, leftMs), () => this.start());
    this.#attempt = { status: 'waiting', timer };
  }
}
