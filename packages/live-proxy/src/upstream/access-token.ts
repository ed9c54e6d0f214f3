import { inTime } from '../deadline.ts';

/** A bearer token and when it ends; `null` when its source does not say, and then it is asked every time. */
export interface AccessToken {
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number | null;
}

/** Options of {@link AccessTokenCache}. */
export interface AccessTokenCacheOptions {
  /** Gets a token from its source. Called once at a time. */
  readonly fetch: () => Promise<AccessToken>;
  /** A refresh ahead of expiry failed; the old token still works and another attempt follows. */
  readonly onRefreshFailed: (error: unknown) => void;
  /** The token in hand is of no use: its source must not give it again. */
  readonly onForgotten?: () => void;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

/** google-auth-library hands out its old token until five minutes before the end, so asking earlier changes nothing. */
const refreshAheadMs = 5 * 60_000;

/** A token with less time than this could end between here and the far end of a handshake. */
const shortestUseMs = 60_000;

/** A token that is refused so soon after it was fetched is refused for another reason than its age: a new one is no better. */
const freshMs = 60_000;

/** Rest after a failed refresh while the old token still works; it doubles with each further one. */
const retryAfterMs = 5_000;
const longestRestMs = 60_000;

/** Rest after a failed fetch without a usable token, in which everybody is told of that failure; it doubles as well. */
const refusalMs = 1_000;
const longestRefusalMs = 15_000;

/** Longest wait for the source: everybody waits for the one fetch under way, and one that the network lost never ends. */
const fetchTimeoutMs = 30_000;

/**
 * Keeps one access token. A valid one is handed out without waiting and without asking its source; near its end a new
 * one is fetched in the background; whoever comes without a usable token waits for the one fetch under way, or learns at
 * once that it failed a moment ago.
 */
export class AccessTokenCache {
  readonly #options: AccessTokenCacheOptions;
  readonly #now: () => number;
  #current: AccessToken | null = null;
  #fetchedAtMs = 0;
  #fetching: Promise<AccessToken> | null = null;
  /** In a row, and the last of them. */
  #failures = 0;
  #failure: { readonly error: unknown; readonly atMs: number } | null = null;

  constructor(options: AccessTokenCacheOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async get(): Promise<string> {
    const left = this.#timeLeftMs();
    if (this.#current === null || left < shortestUseMs) {
      // Asking the source for everybody who comes would help neither.
      if (this.#failure && !this.#fetching && this.#isResting(refusalMs, longestRefusalMs)) throw this.#failure.error;
      return (await this.#fetch()).token;
    }
    if (left <= refreshAheadMs && !this.#isResting(retryAfterMs, longestRestMs)) this.#refreshInBackground();
    return this.#current.token;
  }

  /**
   * The token was refused, though it should be valid. Forgets it, unless it was fetched just now; returns whether the next
   * {@link AccessTokenCache.get} may bring another one. @param token `null`: the present one
   */
  refuse(token: string | null): boolean {
    const current = this.#current;
    if (current === null || (token !== null && token !== current.token)) return true;
    if (this.#now() - this.#fetchedAtMs < freshMs) return false;
    this.#current = null;
    this.#options.onForgotten?.();
    return true;
  }

  #timeLeftMs(): number {
    return (this.#current?.expiresAtMs ?? 0) - this.#now();
  }

  /** The source failed a moment ago; the rest doubles with each failure in a row. */
  #isResting(firstMs: number, longestMs: number): boolean {
    if (this.#failure === null) return false;
    const passedMs = this.#now() - this.#failure.atMs;
    // Less than nothing: the clock was set back.
    return passedMs >= 0 && passedMs < Math.min(longestMs, firstMs * 2 ** (this.#failures - 1));
  }

  #fetch(): Promise<AccessToken> {
    this.#fetching ??= this.#fetchInTime()
      .then((token) => {
        this.#current = token;
        this.#fetchedAtMs = this.#now();
        this.#failures = 0;
        this.#failure = null;
        return token;
      })
      .catch((error: unknown) => {
        this.#failures += 1;
        this.#failure = { error, atMs: this.#now() };
        throw error;
      })
      .finally(() => {
        this.#fetching = null;
      });
    return this.#fetching;
  }

  #fetchInTime(): Promise<AccessToken> {
    const error = () => new Error(`No access token came within ${fetchTimeoutMs} ms; is its source reachable?`);
    return inTime({ timeoutMs: fetchTimeoutMs, error }, () => this.#options.fetch());
  }

  #refreshInBackground(): void {
    this.#fetch().catch((error: unknown) => {
      this.#options.onRefreshFailed(error);
    });
  }
}
