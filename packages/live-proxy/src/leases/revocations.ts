import { inTime } from '../deadline.ts';
import type { Tickets } from '../tickets/tickets.ts';

/** How soon a revocation by another server is noticed. */
const pollMs = 15_000;
/** The store is asked for so many tickets at a time. */
const atOnce = 64;

function silentStore(): Error {
  return new Error(`The ticket store did not answer within ${pollMs} ms; is it reachable?`);
}

/**
 * Tells the sessions whose ticket is revoked: at once when this process does it, soon when another one that shares the
 * store does.
 */
export class Revocations {
  readonly #tickets: Tickets;
  readonly #onError: (error: unknown) => void;
  readonly #watchersOf = new Map<string, Set<() => void>>();
  #poll: NodeJS.Timeout | undefined;
  #leave: (() => void) | undefined;
  #isAsking = false;

  constructor(tickets: Tickets, onError: (error: unknown) => void) {
    this.#tickets = tickets;
    this.#onError = onError;
  }

  /** Calls `onRevoked` once, unless the returned undo comes first. */
  watch(ticketId: string, onRevoked: () => void): () => void {
    const watchers = this.#watchersOf.get(ticketId) ?? new Set();
    watchers.add(onRevoked);
    this.#watchersOf.set(ticketId, watchers);
    this.#leave ??= this.#tickets.onRevoked((revoked) => this.#tell(revoked));
    this.#poll ??= setInterval(() => void this.#ask(), pollMs).unref();
    return () => {
      watchers.delete(onRevoked);
      if (watchers.size === 0 && this.#watchersOf.get(ticketId) === watchers) this.#forget(ticketId);
    };
  }

  /** Rounds do not overlap. One ticket that cannot be asked for stops none of the others; a round tells of one such. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const failures: unknown[] = [];
    const left = [...this.#watchersOf.keys()].values();
    const askSome = async () => {
      for (const ticketId of left) await this.#askFor(ticketId).catch((error: unknown) => failures.push(error));
    };
    await Promise.all(Array.from({ length: atOnce }, askSome));
    this.#isAsking = false;
    if (failures.length > 0) this.#onError(failures[0]);
  }

  async #askFor(ticketId: string): Promise<void> {
    const isRevoked = await inTime({ timeoutMs: pollMs, error: silentStore }, () => this.#tickets.isRevoked(ticketId));
    if (isRevoked) this.#tell(ticketId);
  }

  #tell(ticketId: string): void {
    const watchers = this.#watchersOf.get(ticketId);
    if (watchers === undefined) return;
    this.#forget(ticketId);
    for (const onRevoked of watchers) onRevoked();
  }

  #forget(ticketId: string): void {
    this.#watchersOf.delete(ticketId);
    if (this.#watchersOf.size > 0) return;
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#leave?.();
    this.#leave = undefined;
  }
}
