import type { Duplex } from 'node:stream';
import type { ClientLimits } from '../client-limits.ts';
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
const renewals = 3;

/** What one client may still use, by what its identity uses elsewhere. */
export interface IdentityAccount {
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
   * Opens an account; its place is held until `socket` closes.
   *
   * @throws {@link LiveProxyError} `ERR_TOO_MANY_SESSIONS` when there is no place left, `ERR_BUDGET_SPENT` when there are
   * no tokens left; whatever the ledger throws.
   */
  async open(identity: unknown, limits: ClientLimits, socket: Duplex): Promise<IdentityAccount> {
    const { sessionsPerIdentity: max, tokensPerIdentity, tokenWindowMs: windowMs } = limits;
    const account: IdentityAccount = { onLost: () => {}, spend: () => Promise.resolve(0) };
    if (max === 0 && tokensPerIdentity === 0) return account;
    const { ledger, keyOf = defaultKey } = this.#options;
    const key = keyOf(identity);
    if (tokensPerIdentity > 0) {
      if ((await ledger.spend(key, 0, { windowMs })) >= tokensPerIdentity) throw budgetSpent(tokensPerIdentity);
      account.spend = async (tokens) => ledger.spend(key, tokens, { windowMs });
    }
    if (max > 0) await this.#hold(key, max, socket, () => account.onLost());
    return account;
  }

  async #hold(key: string, max: number, socket: Duplex, onLost: () => void): Promise<void> {
    const { ledger, onError } = this.#options;
    const leaseId = randomId();
    const terms = { max, ttlMs: leaseMs };
    if (!(await ledger.lease(key, leaseId, terms))) throw tooMany(max);
    const renew = async () => {
      if (!(await ledger.lease(key, leaseId, terms))) onLost();
    };
    const timer = setInterval(() => void renew().catch(onError), leaseMs / renewals);
    const release = async () => {
      clearInterval(timer);
      await ledger.release(key, leaseId);
    };
    const giveBack = () => void release().catch(onError);
    // A socket that has closed already tells nobody any more.
    if (socket.destroyed) giveBack();
    else socket.once('close', giveBack);
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
