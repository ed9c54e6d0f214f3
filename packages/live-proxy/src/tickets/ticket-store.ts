/**
 * Remembers tickets that are no longer good before they end: used ones that may be used once, and revoked ones. Several
 * servers need a common one, such as Redis with `SET id 1 NX PXAT expiresAtMs` and `EXISTS id`.
 */
export interface TicketStore {
  /**
   * Remembers a ticket at least until `expiresAtMs`, in milliseconds since 1970. Says whether it was unknown until now;
   * of several calls at the same time exactly one may be told `true`.
   */
  add(ticketId: string, expiresAtMs: number): boolean | Promise<boolean>;
  /** Whether the ticket was added. */
  has(ticketId: string): boolean | Promise<boolean>;
}

/** Options of {@link memoryTicketStore}. */
export interface MemoryTicketStoreOptions {
  /** Tickets remembered at most; while it is full of living ones, no more is taken and `add` throws. @defaultValue 100_000 */
  readonly maxTickets?: number;
  /** @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** A {@link TicketStore} for one process. It forgets with it, so tickets should live shorter than a restart takes. */
export function memoryTicketStore(options: MemoryTicketStoreOptions = {}): TicketStore {
  const { maxTickets = 100_000, now = Date.now } = options;
  if (!Number.isInteger(maxTickets) || maxTickets < 1) {
    throw new RangeError(`memoryTicketStore: maxTickets is ${String(maxTickets)}; write a whole number from 1.`);
  }
  const expiryOf = new Map<string, number>();
  let firstExpiryMs = Number.POSITIVE_INFINITY;

  function forgetExpired(): void {
    // Looking through a full store of living tickets again and again would be slow.
    if (now() <= firstExpiryMs) return;
    firstExpiryMs = Number.POSITIVE_INFINITY;
    for (const [ticketId, expiresAtMs] of expiryOf) {
      if (expiresAtMs < now()) expiryOf.delete(ticketId);
      else firstExpiryMs = Math.min(firstExpiryMs, expiresAtMs);
    }
  }

  return {
    add(ticketId, expiresAtMs) {
      if (expiryOf.has(ticketId)) return false;
      if (expiryOf.size >= maxTickets) forgetExpired();
      if (expiryOf.size >= maxTickets) {
        // Forgetting a living one would let it be used again.
        throw new Error(
          `memoryTicketStore holds maxTickets ${maxTickets} living tickets; raise it or shorten tickets.`,
        );
      }
      expiryOf.set(ticketId, expiresAtMs);
      firstExpiryMs = Math.min(firstExpiryMs, expiresAtMs);
      return true;
    },
    has: (ticketId) => expiryOf.has(ticketId),
  };
}
