/** Kinds of requests, as faults and counters name them. */
export type Operation = 'get' | 'download' | 'insert' | 'compose' | 'copy' | 'patch' | 'delete' | 'list' | 'bucket';

/** What can go wrong with one request. */
export type Fault =
  /** The connection breaks and nothing was done. */
  | { readonly kind: 'reset-before' }
  /** Everything was done, and the connection breaks before the answer: a lost response. */
  | { readonly kind: 'reset-after' }
  /** An answer of the service without doing anything. */
  | { readonly kind: 'status'; readonly status: 408 | 429 | 500 | 502 | 503 | 504 }
  /** Answers after a while, by the server's timer. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Half of the body of a download, then the connection breaks. */
  | { readonly kind: 'truncate' }
  /** A download of which one byte was changed; headers tell the checksum of the original. */
  | { readonly kind: 'corrupt' };

/** One request that a fault may hit. */
export interface FaultTarget {
  readonly operation: Operation;
  /** Name of the object, or prefix of a listing. */
  readonly name: string;
}

/** Decides for each request; `null` lets it pass. */
export type FaultPlan = (target: FaultTarget) => Fault | null;

/**
 * Hits the next `count` requests that match, then none.
 *
 * @example `faults.plan = once('insert', { kind: 'reset-after' })`
 */
export function next(operation: Operation, fault: Fault, options: { count?: number; name?: RegExp } = {}): FaultPlan {
  let left = options.count ?? 1;
  return (target) => {
    if (left === 0 || target.operation !== operation || !(options.name?.test(target.name) ?? true)) return null;
    left -= 1;
    return fault;
  };
}

/** Shares of requests that are hit, 0 to 1 each, drawn from a seed. */
export interface Weather {
  readonly resetBefore?: number;
  readonly resetAfter?: number;
  readonly unavailable?: number;
  readonly tooMany?: number;
}

/** Bad weather that is the same for the same seed and the same order of requests. */
export function weather(seed: number, shares: Weather): FaultPlan {
  const random = mulberry32(seed);
  const { resetBefore = 0, resetAfter = 0, unavailable = 0, tooMany = 0 } = shares;
  return () => {
    const drawn = random();
    if (drawn < resetBefore) return { kind: 'reset-before' };
    if (drawn < resetBefore + resetAfter) return { kind: 'reset-after' };
    if (drawn < resetBefore + resetAfter + unavailable) return { kind: 'status', status: 503 };
    if (drawn < resetBefore + resetAfter + unavailable + tooMany) return { kind: 'status', status: 429 };
    return null;
  };
}

/** Mulberry32, a public-domain generator of 32 bits of state. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
