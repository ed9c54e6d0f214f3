/** How many sessions an identity may have, and for how long one is believed that nobody renews. */
export interface LeaseTerms {
  readonly max: number;
  /** Milliseconds from now. */
  readonly ttlMs: number;
}

/**
 * What is known of each identity: its sessions and its spent tokens. One process keeps it in memory; several need a common
 * one, such as Redis with a sorted set of leases and a counter with an end for each key. Calls may come at the same time.
 */
export interface IdentityLedger {
  /**
   * Takes or renews one of `max` places under a name of its own. Leases whose time is over count no more. Says `false`
   * when others hold all places.
   */
  lease(key: string, leaseId: string, terms: LeaseTerms): boolean | Promise<boolean>;
  /** Gives a place back; harmless when it is not held. */
  release(key: string, leaseId: string): void | Promise<void>;
  /**
   * Adds tokens, and says how many were spent in the window that is running. A window begins with the first spending and
   * ends `windowMs` later. With `0` tokens it only says.
   */
  spend(key: string, tokens: number, options: { readonly windowMs: number }): number | Promise<number>;
}

/** Options of {@link memoryLedger}. */
export interface MemoryLedgerOptions {
  /** Milliseconds since 1970. @defaultValue `Date.now` */
  readonly now?: () => number;
}

interface Entry {
  readonly endOf: Map<string, number>;
  tokens: number;
  windowEndsAtMs: number;
}

/** An {@link IdentityLedger} for one process; it forgets with it. */
export function memoryLedger({ now = Date.now }: MemoryLedgerOptions = {}): IdentityLedger {
  const entries = new Map<string, Entry>();
  let sweepAtSize = 1_000;

  /** Identities come and go for ever; those of whom nothing is left to know are forgotten. */
  function sweep(): void {
    if (entries.size < sweepAtSize) return;
    for (const [key, entry] of entries) {
      dropEnded(entry);
      if (entry.endOf.size === 0 && entry.windowEndsAtMs <= now()) entries.delete(key);
    }
    sweepAtSize = Math.max(1_000, entries.size * 2);
  }

  function entryOf(key: string): Entry {
    let entry = entries.get(key);
    if (entry === undefined) {
      sweep();
      entry = { endOf: new Map(), tokens: 0, windowEndsAtMs: 0 };
      entries.set(key, entry);
    }
    return entry;
  }

  function dropEnded({ endOf }: Entry): void {
    for (const [leaseId, endsAtMs] of endOf) if (endsAtMs <= now()) endOf.delete(leaseId);
  }

  return {
    lease(key, leaseId, { max, ttlMs }) {
      const entry = entryOf(key);
      dropEnded(entry);
      if (!entry.endOf.has(leaseId) && entry.endOf.size >= max) return false;
      entry.endOf.set(leaseId, now() + ttlMs);
      return true;
    },
    release(key, leaseId) {
      entries.get(key)?.endOf.delete(leaseId);
    },
    spend(key, tokens, { windowMs }) {
      if (tokens === 0 && !entries.has(key)) return 0;
      const entry = entryOf(key);
      if (entry.windowEndsAtMs <= now()) entry.tokens = 0;
      if (entry.tokens === 0 && tokens > 0) entry.windowEndsAtMs = now() + windowMs;
      entry.tokens += tokens;
      return entry.tokens;
    },
  };
}
