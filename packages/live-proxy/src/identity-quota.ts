import type { Duplex } from 'node:stream';
import { LiveProxyError } from './errors.ts';

/** What tells identities apart. */
export type IdentityKey = (identity: unknown) => string;

/** Counts the connections of each identity, from before the upgrade until the socket is gone. */
export class IdentityQuota {
  readonly #keyOf: IdentityKey;
  readonly #countOf = new Map<string, number>();

  constructor(keyOf: IdentityKey = defaultKey) {
    this.#keyOf = keyOf;
  }

  /**
   * Takes a place until `socket` closes.
   *
   * @param maxSessions `0` is no limit, and takes none.
   * @throws {@link LiveProxyError} `ERR_TOO_MANY_SESSIONS` when there is none left.
   */
  take(identity: unknown, maxSessions: number, socket: Duplex): void {
    // A socket that has closed would never give its place back.
    if (maxSessions === 0 || socket.destroyed) return;
    const key = this.#keyOf(identity);
    const count = this.#countOf.get(key) ?? 0;
    if (count >= maxSessions) {
      const message = `You have ${count} sessions, which is sessionsPerIdentity; end another one first.`;
      throw new LiveProxyError('ERR_TOO_MANY_SESSIONS', message);
    }
    this.#countOf.set(key, count + 1);
    socket.once('close', () => this.#giveBack(key));
  }

  #giveBack(key: string): void {
    const left = (this.#countOf.get(key) ?? 1) - 1;
    if (left === 0) this.#countOf.delete(key);
    else this.#countOf.set(key, left);
  }
}

/** Without authentication everybody is the same. */
function defaultKey(identity: unknown): string {
  if (identity === null) return '';
  if (typeof identity === 'string') return identity;
  const { participantId, id } = identity as { participantId?: unknown; id?: unknown };
  const key = participantId ?? id;
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new TypeError('sessionsPerIdentity: this identity has no participantId or id; pass identityKey.');
}
