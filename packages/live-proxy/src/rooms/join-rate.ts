import { BlockList, isIPv6 } from 'node:net';
import { TokenBucket } from '../token-bucket.ts';

/** Addresses that are remembered; more push out the one that joined longest ago. */
const MOST_ADDRESSES = 10_000;

/** How often one address may join. */
export class JoinRate {
  readonly #perMinute: number;
  readonly #isCounted: (address: string) => boolean;
  readonly #buckets = new Map<string, TokenBucket>();

  /**
   * @param perMinute - `0`: as often as it likes.
   * @param options - `publicOnly`: addresses of private networks and of this machine may join as often as they like.
   */
  constructor(perMinute: number, { publicOnly = false }: { readonly publicOnly?: boolean } = {}) {
    this.#perMinute = perMinute;
    this.#isCounted = publicOnly ? (address) => !isPrivate(address) : () => true;
  }

  /** @param address - `null`: not known, and not limited. */
  admits(address: string | null, nowMs: number): boolean {
    if (this.#perMinute === 0 || address === null || !this.#isCounted(address)) return true;
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

/** Where load balancers, and developers, are. */
const privateNetworks = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateNetworks.addSubnet(network, bits, 'ipv4');
}
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');
privateNetworks.addSubnet('fe80::', 10, 'ipv6');

function isPrivate(address: string): boolean {
  // A socket for both families tells IPv4 addresses in IPv6.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return privateNetworks.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
