import type { Upstream } from '../upstream/upstream.ts';
import type { Clock } from './clock.ts';

/** Options of {@link CircuitBreaker}. */
export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** Failures in a row, of all sessions together, after which nobody dials. @defaultValue 5 */
  readonly failures?: number;
  /** How long then, in milliseconds; doubled with each probe that fails. @defaultValue 1_000 */
  readonly openMs?: number;
  /** Longest pause, in milliseconds. @defaultValue 15_000 */
  readonly maxOpenMs?: number;
}

/** Leave to dial once. Its holder tells what came of it; only the first word counts. */
export interface DialPermit {
  /** The service has answered, to a setup with whatever it liked. */
  succeeded(): void;
  /**
   * @param suspect Who may be to blame instead of the service: a handle, or the identity whose setup was refused. However
   * often it fails, it counts once. `null`: nobody; there was no connection.
   */
  failed(suspect: string | null): void;
  /** The attempt was given up before it had an outcome: somebody else may probe. */
  abandoned(): void;
}

/**
 * Keeps sessions from dialling an upstream that is down: a thousand of them at once would keep it there.
 *
 * ```
 * closed --failures in a row--> open --time--> one probe --succeeds--> closed
 *                                 ^                 \
 *                                 +-----fails--------+
 * ```
 *
 * Those who dialled before it opened close it when they succeed; when they fail, it is open already.
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  #failures = 0;
  #openMs = 0;
  #openUntilMs = 0;
  #probe: DialPermit | null = null;
  /** Of the failures in the row. */
  readonly #suspects = new Set<string>();

  constructor({ clock, failures = 5, openMs = 1_000, maxOpenMs = 15_000 }: CircuitBreakerOptions) {
    this.#options = { clock, failures, openMs, maxOpenMs };
  }

  /** A permit to dial now, or the milliseconds until dialling makes sense. */
  admit(): DialPermit | number {
    const { clock, failures, openMs } = this.#options;
    if (this.#failures < failures) return this.#permit();
    const leftMs = this.#openUntilMs - clock.monotonic();
    if (leftMs > 0) return leftMs;
    if (this.#probe !== null) return openMs;
    this.#probe = this.#permit();
    return this.#probe;
  }

  #permit(): DialPermit {
    let isTold = false;
    const once = (tell: () => void) => {
      if (isTold) return;
      isTold = true;
      tell();
    };
    const permit: DialPermit = {
      succeeded: () => once(() => this.#succeeded()),
      failed: (suspect) => once(() => (permit === this.#probe ? this.#probeFailed() : this.#failed(suspect))),
      abandoned: () =>
        once(() => {
          if (permit === this.#probe) this.#probe = null;
        }),
    };
    return permit;
  }

  #succeeded(): void {
    this.#suspects.clear();
    this.#failures = 0;
    this.#openMs = 0;
    this.#probe = null;
  }

  #failed(suspect: string | null): void {
    const { failures, openMs } = this.#options;
    if (this.#failures >= failures) return;
    if (suspect !== null) {
      if (this.#suspects.has(suspect)) return;
      this.#suspects.add(suspect);
    }
    this.#failures += 1;
    if (this.#failures >= failures) this.#open(openMs);
  }

  #probeFailed(): void {
    this.#probe = null;
    this.#open(Math.min(this.#options.maxOpenMs, this.#openMs * 2));
  }

  #open(openMs: number): void {
    this.#openMs = openMs;
    this.#openUntilMs = this.#options.clock.monotonic() + openMs;
  }
}

const breakers = new WeakMap<Upstream, WeakMap<Clock, CircuitBreaker>>();

/** The one breaker of an upstream, whichever proxies dial it. Those of another clock, which only tests have, get their own. */
export function breakerOf(upstream: Upstream, clock: Clock): CircuitBreaker {
  const ofUpstream = breakers.get(upstream) ?? new WeakMap<Clock, CircuitBreaker>();
  breakers.set(upstream, ofUpstream);
  const breaker = ofUpstream.get(clock) ?? new CircuitBreaker({ clock });
  ofUpstream.set(clock, breaker);
  return breaker;
}
