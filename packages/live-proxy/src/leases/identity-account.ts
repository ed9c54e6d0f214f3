import type { Duplex } from 'node:stream';
import type { ClientLimits } from '../client-limits.ts';
import { inTime } from '../deadline.ts';
import { LiveProxyError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import type { IdentityLedger } from './identity-ledger.ts';

/** What tells identities apart. */
export type IdentityKey = (identity: unknown) => string;

/** Options of {@link IdentityAccounts}. */
export interface IdentityAccountsOptions {
  readonly ledger: IdentityLedger;
  readonly keyOf?: IdentityKey;
  /** The ledger failed for a session that goes on. */
  readonly onError: (error: unknown) => void;
}

/** A lease is believed for so long without being renewed: the longest time for which a crash holds a place. */
const leaseMs = 60_000;
const renewMs = leaseMs / 3;

/** What {@link IdentityAccounts.open} goes by. */
export interface OpenOptions {
  /** The place is held until it closes. */
  readonly socket: Duplex;
  /** Longest wait for the ledger, in milliseconds; `0` waits forever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What one client may still use, by what its identity uses elsewhere. */
export interface IdentityAccount {
  /** What tells it from others; empty where everybody is the same, or where that cannot be told. */
  readonly key: string;
  /** Called when the place is lost, because the ledger forgot it and gave it to others. */
  onLost: () => void;
  /** Adds tokens; resolves to those spent in the window, also by other sessions. */
  spend(tokens: number): Promise<number>;
}

/** Keeps every identity to its number of sessions and its budget, here and, by a common ledger, on other servers. */
export class IdentityAccounts {
  readonly #options: IdentityAccountsOptions;

  constructor(options: IdentityAccountsOptions) {
    this.#options = options;
  }

  /**
   * Opens an account.
   *
   * @throws {@link LiveProxyError} `ERR_TOO_MANY_SESSIONS` when there is no place left, `ERR_BUDGET_SPENT` when there are
   * no tokens left; whatever the ledger throws, or an error when it does not answer; or the reason of the signal.
   */
  async open(
    identity: unknown,
    limits: ClientLimits,
    { socket, timeoutMs, signal }: OpenOptions,
  ): Promise<IdentityAccount> {
    const { sessionsPerIdentity: max, tokensPerIdentity, tokenWindowMs: windowMs } = limits;
    const { ledger, keyOf = defaultKey } = this.#options;
    const isCounted = max > 0 || tokensPerIdentity > 0;
    const key = isCounted ? keyOf(identity) : keyIfAny(identity, keyOf);
    const account: IdentityAccount = { key, onLost: () => {}, spend: () => Promise.resolve(0) };
    if (!isCounted) return account;
    await inTime({ timeoutMs, error: () => silentLedger(timeoutMs), signal }, async () => {
      if (tokensPerIdentity > 0) {
        if ((await ledger.spend(key, 0, { windowMs })) >= tokensPerIdentity) throw budgetSpent(tokensPerIdentity);
        account.spend = (tokens) => inCallTime(() => ledger.spend(key, tokens, { windowMs }));
      }
      // Whoever is not waited for any more gives its place back when the socket closes.
      if (max > 0) await this.#hold(key, max, socket, () => account.onLost());
    });
    return account;
  }

  async #hold(key: string, max: number, socket: Duplex, onLost: () => void): Promise<void> {
    const { ledger, onError } = this.#options;
    const leaseId = randomId();
    const terms = { max, ttlMs: leaseMs };
    if (!(await ledger.lease(key, leaseId, terms))) throw tooMany(max);
    const renew = async () => {
      if (!(await inCallTime(() => ledger.lease(key, leaseId, terms)))) onLost();
    };
    const timer = setInterval(() => void renew().catch(onError), renewMs);
    const release = async () => {
      clearInterval(timer);
      await inCallTime(() => ledger.release(key, leaseId));
    };
    const giveBack = () => void release().catch(onError);
    // A socket that has closed already tells nobody any more.
    if (socket.destroyed) giveBack();
    else socket.once('close', giveBack);
  }
}

/** For calls on behalf of sessions that go on: none is waited for longer than until the next one is due. */
function inCallTime<T>(call: () => T | Promise<T>): Promise<T> {
  return inTime({ timeoutMs: renewMs, error: () => silentLedger(renewMs) }, call);
}

function silentLedger(timeoutMs: number): Error {
  return new Error(`The ledger did not answer within ${timeoutMs} ms; is its store reachable?`);
}

function keyIfAny(identity: unknown, keyOf: IdentityKey): string {
  try {
    return keyOf(identity);
  } catch {
    return '';
  }
}

/** Without authentication everybody is the same. */
function defaultKey(identity: unknown): string {
  if (identity === null) return '';
  if (typeof identity === 'string') return identity;
  const { participantId, id } = identity as { participantId?: unknown; id?: unknown };
  const key = participantId ?? id;
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new TypeError(
    'sessionsPerIdentity, tokensPerIdentity: this identity has no participantId or id; pass identityKey.',
  );
}

function tooMany(max: number): LiveProxyError {
  const message = `You have sessionsPerIdentity ${max} sessions; end another one first.`;
  return new LiveProxyError('ERR_TOO_MANY_SESSIONS', message);
}

/** The identity has spent its tokens. */
export function budgetSpent(tokensPerIdentity: number): LiveProxyError {
  const message = `You have spent tokensPerIdentity ${tokensPerIdentity}; come back later.`;
  return new LiveProxyError('ERR_BUDGET_SPENT', message);
}
