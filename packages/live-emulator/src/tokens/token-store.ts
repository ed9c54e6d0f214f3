import type { SeededRandom } from '../random.ts';
import { TokenGrant, type TokenRules } from './token-grant.ts';
import type { TokenTerms } from './token-request.ts';

/** Tokens that are remembered; the oldest go first. */
const MOST_TOKENS = 10_000;

/** All ephemeral tokens of one emulator. */
export class TokenStore {
  readonly #random: SeededRandom;
  readonly #rules: TokenRules;
  readonly #grants = new Map<string, TokenGrant>();

  constructor(options: TokenRules & { readonly random: SeededRandom }) {
    this.#random = options.random;
    this.#rules = options;
  }

  /** Makes a token; its name is what clients show. */
  create(terms: TokenTerms): string {
    const name = `auth_tokens/${`${this.#random.uuid()}${this.#random.uuid()}`.replaceAll('-', '')}`;
    this.#grants.set(name, new TokenGrant(terms, this.#rules));
    for (const oldest of this.#grants.keys()) {
      if (this.#grants.size <= MOST_TOKENS) break;
      this.#grants.delete(oldest);
    }
    return name;
  }

  /** `null` when there is no such token. */
  find(name: string | null): TokenGrant | null {
    return name === null ? null : (this.#grants.get(name) ?? null);
  }
}
