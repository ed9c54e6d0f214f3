import type { Clock, Timer } from '../ports/clock.ts';
import type { ModelEvent, ModelSession } from '../ports/model-session.ts';
import { within } from '../within.ts';
import { Backoff } from './backoff.ts';

/** What a {@link ModelHost} is made of. */
export interface ModelHostOptions {
  readonly clock: Clock;
  /** Opens a session; may throw. */
  readonly open: (onEvent: (event: ModelEvent) => void, signal: AbortSignal) => ModelSession;
  /** Events of the current session; none of an earlier one, and none after it was ended. */
  readonly onEvent: (event: ModelEvent) => void;
  readonly onStatus: (status: HostStatus) => void;
  readonly onError: (error: unknown) => void;
}

/** State of the session as such. */
export type HostStatus =
  | { readonly status: 'off' }
  | { readonly status: 'connecting' }
  | { readonly status: 'ready' }
  | { readonly status: 'reconnecting'; readonly reason: string }
  | { readonly status: 'failed'; readonly reason: string };

/** Longest wait for a session to close, in milliseconds; then the next one begins without it. */
const CLOSE_WITHIN_MS = 10_000;

interface RunningSession {
  readonly session: ModelSession;
  readonly abort: AbortController;
}

/**
 * Keeps the one model session of a room. It never retries by itself: whoever needs the model calls `wake`, and the
 * attempt starts when the backoff allows it.
 *
 * ```
 * off ──wake──▶ connecting ──ready──▶ ready ◀──ready── reconnecting
 *  ▲                │                   └────reconnecting────▲
 *  │                └──────failed──────▶ failed ──wake, after the backoff──▶ connecting
 *  └── sleep, from every state
 * ```
 */
export class ModelHost {
  readonly #options: ModelHostOptions;
  readonly #backoff = new Backoff();
  #status: HostStatus = { status: 'off' };
  #running: RunningSession | null = null;
  #retry: Timer | null = null;

  constructor(options: ModelHostOptions) {
    this.#options = options;
  }

  get status(): HostStatus {
    return this.#status;
  }

  /** The session when it takes input; `null` otherwise. While it reconnects it keeps what it is given. */
  get session(): ModelSession | null {
    const { status } = this.#status;
    return status === 'ready' || status === 'reconnecting' ? (this.#running?.session ?? null) : null;
  }

  /** Calls the session, if there is one that takes input; a session that throws does no harm. */
  use(call: (session: ModelSession) => void): void {
    const { session } = this;
    if (!session) return;
    try {
      call(session);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Somebody needs the model: opens a session unless there is one, or an attempt waits for its time. */
  wake(): void {
    const { status } = this.#status;
    if ((status !== 'off' && status !== 'failed') || this.#retry) return;
    const waitMs = this.#backoff.waitMs(this.#options.clock.monotonic());
    if (waitMs === 0) {
      this.#open();
      return;
    }
    this.#retry = this.#options.clock.setTimer(waitMs, () => {
      this.#retry = null;
      this.#open();
    });
  }

  /**
   * Begins a new session instead of the current one, which is closed first: a service may refuse to have both. Does
   * nothing without a session; one that failed may do better now, so it is tried at once.
   */
  async restart(): Promise<void> {
    const { status } = this.#status;
    if (status === 'off') return;
    this.#retry?.cancel();
    this.#retry = null;
    this.#backoff.forget();
    const running = this.#running;
    this.#running = null;
    this.#set({ status: 'connecting' });
    if (running) await this.#end(running);
    // Everybody may have left, or a second restart may be under way.
    if (this.#status.status === 'connecting' && this.#running === null) this.#open();
  }

  /** Nobody needs the model any more. Resolves when its session is closed, or has not closed for 10 s. */
  sleep(): Promise<void> {
    return this.#stop({ status: 'off' });
  }

  /** Like `sleep`, but for a reason that people are told; the next `wake` opens a session again. */
  leave(reason: string): Promise<void> {
    return this.#stop({ status: 'failed', reason });
  }

  async #stop(status: HostStatus): Promise<void> {
    this.#retry?.cancel();
    this.#retry = null;
    const running = this.#running;
    this.#running = null;
    this.#set(status);
    if (running) await this.#end(running);
  }

  #open(): void {
    const abort = new AbortController();
    this.#set({ status: 'connecting' });
    // A port may report before it has returned its session; such events wait until the session is in place.
    const early: ModelEvent[] = [];
    let running: RunningSession | null = null;
    const onEvent = (event: ModelEvent) => {
      if (running) this.#receive(running, event);
      else early.push(event);
    };
    try {
      running = { session: this.#options.open(onEvent, abort.signal), abort };
    } catch (error) {
      this.#options.onError(error);
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onEvent({ type: 'failed', code: 'ERR_MODEL_OPEN', reason });
      this.#fail(reason);
      return;
    }
    this.#running = running;
    for (const event of early) this.#receive(running, event);
  }

  #receive(from: RunningSession, event: ModelEvent): void {
    if (from !== this.#running) return;
    if (event.type === 'ready') {
      this.#backoff.started(this.#options.clock.monotonic());
      this.#set({ status: 'ready' });
    } else if (event.type === 'reconnecting') {
      this.#set({ status: 'reconnecting', reason: event.reason });
    } else if (event.type === 'failed') {
      this.#running = null;
      this.#end(from).catch(this.#options.onError);
    }
    this.#options.onEvent(event);
    if (event.type === 'failed') this.#fail(event.reason);
  }

  #fail(reason: string): void {
    this.#backoff.failed(this.#options.clock.monotonic());
    this.#set({ status: 'failed', reason });
  }

  async #end(running: RunningSession): Promise<void> {
    try {
      running.abort.abort();
      await within({ clock: this.#options.clock, ms: CLOSE_WITHIN_MS, late: closesLate }, running.session.close());
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #set(status: HostStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}

function closesLate(): Error {
  return new Error(`The session of the model did not close within ${CLOSE_WITHIN_MS} ms; the room goes on without it.`);
}
