import { TokenBucket } from '../token-bucket.ts';

/** Addresses that are remembered; more push out the one that joined longest ago. */
const MOST_ADDRESSES = 10_000;

/** How often one address may join. */
export class JoinRate {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param perMinute - `0`: as often as it likes. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @param address - `null`: not known, and not limited. */
  admits(address: string | null, nowMs: number): boolean {
    if (this.#perMinute === 0 || address === null) return true;
    const bucket = this.#buckets.get(address) ?? new TokenBucket(this.#perMinute / 60, this.#perMinute, nowMs);
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > MOST_ADDRESSES) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(1, nowMs);
  }
}
