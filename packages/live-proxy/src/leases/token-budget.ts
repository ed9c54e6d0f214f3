import type { ClientLimits } from '../client-limits.ts';
import { LiveProxyError } from '../errors.ts';
import type { Notice } from '../notice.ts';
import { budgetSpent, type IdentityAccount } from './identity-account.ts';

/** Options of {@link TokenBudget}. */
export interface TokenBudgetOptions {
  readonly limits: ClientLimits;
  readonly account: IdentityAccount;
  /** Little is left. Called once for each of the two budgets. */
  readonly onLow: (notice: Notice) => void;
  /** Nothing is left. */
  readonly onSpent: (error: LiveProxyError) => void;
  /** The ledger of identities failed; the session goes on. */
  readonly onError: (error: unknown) => void;
}

/** From here on a client is told. */
const lowShare = 0.8;

const none: readonly never[] = [];

/** Holds a session to its tokens, and to those of its identity. The turn that spends the last one comes to its end. */
export class TokenBudget {
  readonly #options: TokenBudgetOptions;
  #spent = 0;
  /** Budgets that were told to be low; most sessions come to none. */
  #told: readonly (keyof ClientLimits)[] = none;

  constructor(options: TokenBudgetOptions) {
    this.#options = options;
  }

  /** A turn took so many. */
  spend(tokens: number): void {
    const { tokensPerSession, tokensPerIdentity } = this.#options.limits;
    this.#spent += tokens;
    this.#check('tokensPerSession', this.#spent, tokensPerSession, () => sessionSpent(tokensPerSession));
    if (tokensPerIdentity === 0) return;
    const { account, onError } = this.#options;
    account
      .spend(tokens)
      .then((spent) => this.#check('tokensPerIdentity', spent, tokensPerIdentity, () => budgetSpent(tokensPerIdentity)))
      .catch(onError);
  }

  #check(name: 'tokensPerSession' | 'tokensPerIdentity', spent: number, budget: number, error: () => LiveProxyError) {
    if (budget === 0) return;
    if (spent >= budget) {
      this.#options.onSpent(error());
    } else if (spent >= budget * lowShare && !this.#told.includes(name)) {
      this.#told = [...this.#told, name];
      const left = budget - spent;
      this.#options.onLow({ code: 'budgetLow', message: `${left} tokens of ${name} ${budget} are left.` });
    }
  }
}

function sessionSpent(tokensPerSession: number): LiveProxyError {
  return new LiveProxyError('ERR_BUDGET_SPENT', `This session has spent tokensPerSession ${tokensPerSession}.`);
}
