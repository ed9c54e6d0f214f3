import type { ClientLimits } from '../client-limits.ts';
import { inTime } from '../deadline.ts';
import { isLiveProxyError, LiveProxyError } from '../errors.ts';
import type { Notice } from '../notice.ts';
import type { TicketIdentity } from '../tickets/ticket-claims.ts';
import type { Tickets } from '../tickets/tickets.ts';
import type { Revocations } from './revocations.ts';

/** Options of {@link SessionLease}. */
export interface SessionLeaseOptions {
  readonly identity: unknown;
  readonly limits: ClientLimits;
  /** `null`: nobody looks after tickets. */
  readonly tickets: { readonly tickets: Tickets; readonly revocations: Revocations } | null;
  /** Whether the session ends when its ticket does. */
  readonly endsWithTicket: boolean;
  readonly onNotice: (notice: Notice) => void;
  /** The session may not go on. Called once at most. */
  readonly onEnd: (error: LiveProxyError) => void;
  /** A ticket could not be checked, and that is no fault of the client's. */
  readonly onError: (error: unknown) => void;
}

type Ticket = Pick<TicketIdentity, 'participantId' | 'ticketId' | 'expiresAtMs'>;

/** How long before its end a session or a ticket is announced to end; of shorter ones a tenth. */
const noticeMs = 60_000;
/** Longest wait for the check of another ticket. */
const checkMs = 10_000;
/** Above this a Node timer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** How long a session may go on: until its duration is over, its ticket ends or is revoked. A new ticket prolongs it. */
export class SessionLease {
  readonly #options: SessionLeaseOptions;
  #timers: NodeJS.Timeout[] = [];
  #ticketTimers: NodeJS.Timeout[] = [];
  #ticket: Ticket | null;
  #leaveRevocations: () => void = () => {};
  #isOver = false;

  constructor(options: SessionLeaseOptions) {
    this.#options = options;
    this.#ticket = ticketOf(options.identity);
    const { sessionDurationMs } = options.limits;
    if (sessionDurationMs > 0) {
      const leftMs = Math.min(noticeMs, sessionDurationMs / 10);
      this.#timers.push(setTimeout(() => this.#tellEnding(leftMs), sessionDurationMs - leftMs));
    }
    this.#watchTicket();
  }

  /** Another ticket of the same person replaces the one before. Never rejects. */
  async refresh(ticket: string): Promise<void> {
    const { tickets, onNotice, onError } = this.#options;
    if (tickets === null || this.#ticket === null) {
      onNotice({ code: 'ticketRefused', message: 'This session was not opened by a ticket.' });
      return;
    }
    try {
      const error = () => new Error(`The ticket store did not answer within ${checkMs} ms; is it reachable?`);
      const fresh = await inTime({ timeoutMs: checkMs, error }, () => tickets.tickets.check(ticket));
      if (fresh.room !== null) throw new LiveProxyError('ERR_NOT_ALLOWED', 'This ticket is for a room.');
      if (fresh.participantId !== this.#ticket.participantId) {
        throw new LiveProxyError('ERR_NOT_ALLOWED', 'This ticket is for somebody else.');
      }
      if (this.#isOver) return;
      this.#ticket = fresh;
      this.#watchTicket();
      onNotice({ code: 'ticketRefreshed', message: 'The new ticket counts from now on.' });
    } catch (error) {
      if (!isLiveProxyError(error)) onError(error);
      const message = isLiveProxyError(error) ? error.message : 'The ticket could not be checked; try again later.';
      onNotice({ code: 'ticketRefused', message });
    }
  }

  dispose(): void {
    this.#isOver = true;
    for (const timer of [...this.#timers, ...this.#ticketTimers]) clearTimeout(timer);
    this.#leaveRevocations();
  }

  #watchTicket(): void {
    const { tickets, endsWithTicket } = this.#options;
    const ticket = this.#ticket;
    this.#leaveRevocations();
    for (const timer of this.#ticketTimers.splice(0)) clearTimeout(timer);
    if (tickets === null || ticket === null) return;
    this.#leaveRevocations = tickets.revocations.watch(ticket.ticketId, () => this.#end('was revoked'));
    if (!endsWithTicket) return;
    const leftMs = ticket.expiresAtMs - Date.now();
    if (leftMs > longestTimerMs) return;
    const ahead = Math.min(noticeMs, Math.max(0, leftMs) / 10);
    const tell = () =>
      this.#options.onNotice({
        code: 'ticketEnding',
        message: `The ticket ends in ${Math.round(ahead / 1_000)} s; send a new one.`,
      });
    this.#ticketTimers.push(
      setTimeout(tell, Math.max(0, leftMs - ahead)),
      setTimeout(() => this.#end('has ended'), Math.max(0, leftMs)),
    );
  }

  #tellEnding(leftMs: number): void {
    const message = `The session ends in ${Math.round(leftMs / 1_000)} s.`;
    this.#options.onNotice({ code: 'sessionEnding', message });
  }

  #end(what: string): void {
    if (this.#isOver) return;
    this.dispose();
    this.#options.onEnd(
      new LiveProxyError('ERR_NOT_AUTHENTICATED', `The ticket of this session ${what}; get a new one.`),
    );
  }
}

/** What a ticket left in the identity, if one did. */
function ticketOf(identity: unknown): Ticket | null {
  if (typeof identity !== 'object' || identity === null) return null;
  const { participantId, ticketId, expiresAtMs } = identity as Partial<Record<keyof Ticket, unknown>>;
  if (typeof participantId !== 'string' || typeof ticketId !== 'string' || typeof expiresAtMs !== 'number') return null;
  return { participantId, ticketId, expiresAtMs };
}
