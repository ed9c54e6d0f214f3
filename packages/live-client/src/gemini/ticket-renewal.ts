import type { Provided } from '../connection/socket-target.ts';
import { withDeadline } from '../deadline.ts';
import { isLiveClientError, LiveClientError } from '../errors.ts';

/** What a {@link TicketRenewal} works with. */
export interface TicketRenewalPort {
  readonly ticket: Provided<string> | undefined;
  readonly send: (message: string) => void;
  /** No ticket could be had: the session ends with the one it has. */
  readonly onFailed: (error: LiveClientError) => void;
}

/** The proxy tells a minute ahead that a ticket ends; three tries and two pauses are over before. */
const TRIES = 3;
const TRY_DEADLINE_MS = 15_000;
const RETRY_AFTER_MS = 5_000;

/** Prolongs a session by a fresh ticket, where the application gave a function for it. */
export class TicketRenewal {
  readonly #port: TicketRenewalPort;
  /** Of the renewal that runs. */
  #running: AbortController | null = null;

  constructor(port: TicketRenewalPort) {
    this.#port = port;
  }

  /** The ticket of this connection is about to end. */
  begin(): void {
    const { ticket } = this.#port;
    if (typeof ticket !== 'function' || this.#running) return;
    const running = new AbortController();
    this.#running = running;
    void this.#renew(ticket, running.signal).finally(() => {
      if (this.#running === running) this.#running = null;
    });
  }

  /** The connection is gone; the next one begins with a ticket of its own. */
  end(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #renew(ask: () => string | Promise<string>, signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const ticket = await inTime(ask, signal);
        if (!signal.aborted) this.#port.send(JSON.stringify({ colloquy: { ticket } }));
        return;
      } catch (cause) {
        if (signal.aborted) return;
        if (tries >= TRIES || (isLiveClientError(cause) && !cause.retryable)) {
          this.#port.onFailed(notRenewed(cause));
          return;
        }
        await pause(RETRY_AFTER_MS, signal);
      }
    }
  }
}

/** A function of the caller may never answer, and must not keep the session from asking again. */
async function inTime(ask: () => string | Promise<string>, signal: AbortSignal): Promise<string> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason));
  return withDeadline(
    // One that throws at once is a failed try like any other; `ended` has to be waited for by then.
    Promise.race([ended, (async () => ask())()]),
    TRY_DEADLINE_MS,
    () => new Error(`The function given as "ticket" did not answer within ${TRY_DEADLINE_MS / 1_000} s.`),
  );
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

function notRenewed(cause: unknown): LiveClientError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new LiveClientError('ERR_NOT_AUTHENTICATED', `The ticket ends, and no other could be had: ${detail}`, {
    cause,
    hint: 'The session ends with its ticket, and a new one needs a new ticket: see the function given as "ticket".',
  });
}
