import { ApiError } from './api-error.ts';

/** Google's limit: about one write per second to the same name. */
const WINDOW_MS = 1000;

/** Answers 429 to a second write of a name within a second. */
export class WriteRate {
  readonly #writtenAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Called before a write of content or metadata. @throws ApiError 429 */
  take(name: string): void {
    const now = this.#now();
    const before = this.#writtenAt.get(name);
    if (before !== undefined && now - before < WINDOW_MS) {
      throw new ApiError(
        429,
        'rateLimitExceeded',
        `The object ${name} exceeded the rate limit for object mutation operations (create, update, and delete).`,
      );
    }
    this.#writtenAt.set(name, now);
  }
}
