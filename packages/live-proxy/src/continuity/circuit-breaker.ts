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

/**
 * Keeps sessions from dialling an upstream that is down: a thousand of them at once would keep it there.
 *
 * ```
 * closed --failures in a row--> open --time--> one probe --succeeds--> closed
 *                                 ^                 \
 *                                 +-----fails--------+
 * ```
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  #failures = 0;
  #openMs = 0;
  #openUntilMs = 0;
  #isProbing = false;
  /** Handles that were refused in the row of failures. */
  readonly #refusedHandles = new Set<string>();

  constructor({ clock, failures = 5, openMs = 1_000, maxOpenMs = 15_000 }: CircuitBreakerOptions) {
    this.#options = { clock, failures, openMs, maxOpenMs };
  }

  /** Milliseconds until dialling makes sense; `0`: now, and the outcome must be told. */
  admit(): number {
    const { clock, failures, openMs } = this.#options;
    if (this.#failures < failures) return 0;
    const leftMs = this.#openUntilMs - clock.monotonic();
    if (leftMs > 0) return leftMs;
    if (this.#isProbing) return openMs;
    this.#isProbing = true;
    return 0;
  }

  /** The service has answered, to a setup with whatever it liked. */
  succeeded(): void {
    this.#refusedHandles.clear();
    this.#failures = 0;
    this.#openMs = 0;
    this.#isProbing = false;
  }

  /** @param handle With which a session was to be resumed: refused again and again, it may be to blame and counts once. */
  failed(handle: string | null = null): void {
    const { clock, failures, openMs, maxOpenMs } = this.#options;
    this.#isProbing = false;
    if (this.#failures < failures && handle !== null) {
      if (this.#refusedHandles.has(handle)) return;
      this.#refusedHandles.add(handle);
    }
    this.#failures += 1;
    if (this.#failures < failures) return;
    this.#openMs = Math.min(maxOpenMs, Math.max(openMs, this.#openMs * 2));
    this.#openUntilMs = clock.monotonic() + this.#openMs;
  }

  /** The attempt was given up before it had an outcome: somebody else may probe. */
  abandoned(): void {
    this.#isProbing = false;
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
