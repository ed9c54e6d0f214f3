import { GeminiCloseReason, type Setup } from '@colloquy/live-protocol';
import type { Clock } from '../clock.ts';
import type { Refusal } from '../session/setup-check.ts';
import type { UnrecordedCloses } from '../unrecorded-closes.ts';
import { overwriteMasked } from './field-mask.ts';
import type { TokenTerms } from './token-request.ts';

/** What all tokens of one emulator share. */
export interface TokenRules {
  readonly clock: Clock;
  readonly closes: UnrecordedCloses;
  /** Whether `newSessionExpireTime` is looked at when a session is resumed too. */
  readonly newSessionExpiryHitsResumption: boolean;
}

const ANOTHER = 'Make another token, with as many uses and as much time as are needed.';
const NAME_MODEL = 'Name a model in the setup of the token, or in that of the client.';

/** One ephemeral token: what it allows, and how much of that is left. */
export class TokenGrant {
  readonly #terms: TokenTerms;
  readonly #rules: TokenRules;
  readonly #expiresAtMs: number;
  readonly #opensUntilMs: number;
  #used = 0;

  constructor(terms: TokenTerms, rules: TokenRules) {
    this.#terms = terms;
    this.#rules = rules;
    this.#expiresAtMs = rules.clock.now() + terms.expireMs;
    this.#opensUntilMs = rules.clock.now() + terms.newSessionMs;
  }

  /** Until it is good for nothing, in seconds; `0` when it is not. */
  get secondsLeft(): number {
    return Math.max(0, (this.#expiresAtMs - this.#rules.clock.now()) / 1000);
  }

  /** How connections of an expired token end. */
  get expiry(): Refusal {
    return { ...this.#rules.closes.tokenExpired, path: '', remedy: ANOTHER };
  }

  /**
   * The setup that counts for a session of this token: the client's; or the token's instead; or, with a mask, the
   * client's with the masked fields as the token has them. The client's resumption handle outlives all three: it says
   * which session, not what kind, and without it a locked session could not be resumed.
   */
  setupFor(asked: Setup): Setup {
    const { setup, mask } = this.#terms;
    const merged = mask ? overwriteMasked(asked, setup ?? {}, mask) : structuredClone(setup ?? asked);
    const handle = asked.sessionResumption?.handle;
    if (handle) merged.sessionResumption = { ...merged.sessionResumption, handle };
    return merged;
  }

  /** Why this token does not open a session with the merged `setup`; `null` when it does. */
  refusal(setup: Setup): Refusal | null {
    if (this.secondsLeft === 0) return this.expiry;
    if (!setup.model)
      return { closeCode: 1007, reason: GeminiCloseReason.tokenProjectScope, path: 'setup.model', remedy: NAME_MODEL };
    const resumes = Boolean(setup.sessionResumption?.handle);
    const isLate = this.#rules.clock.now() >= this.#opensUntilMs;
    if (isLate && (!resumes || this.#rules.newSessionExpiryHitsResumption)) {
      return { closeCode: 1011, reason: GeminiCloseReason.tokenTooOld, path: '', remedy: ANOTHER };
    }
    const isSpent = this.#terms.uses > 0 && this.#used >= this.#terms.uses;
    return isSpent && !resumes
      ? { closeCode: 1011, reason: GeminiCloseReason.tokenSpent, path: '', remedy: ANOTHER }
      : null;
  }

  /** A new session began; resuming one costs nothing. */
  use(): void {
    this.#used += 1;
  }
}
