/** A session that lasts so long does not suffer from its handle. */
const stableMs = 10_000;

/** The handle by which a session can be resumed; `null` while there is none. */
export class SessionHandle {
  readonly #patienceMs: number;
  #value: string | null;
  #wasGiven = false;
  #refusedSinceMs: number | null = null;

  /** @param patienceMs How long a handle that is refused may still be attached to the connection before. */
  constructor(value: string | null, patienceMs: number) {
    this.#value = value;
    this.#patienceMs = patienceMs;
  }

  get value(): string | null {
    return this.#value;
  }

  /** Whether the service has ever given one: its sessions are made to be carried on. */
  get wasGiven(): boolean {
    return this.#wasGiven;
  }

  /** The service gave a newer one. That proves nothing: a session that is broken gives handles, too. */
  renew(value: string): void {
    this.#wasGiven = true;
    this.#value = value;
  }

  /** The session has shown that it works. */
  proved(): void {
    this.#refusedSinceMs = null;
  }

  /**
   * A connection that was opened with `used` has ended in a way that may pass. If it never was open, or ended soon, the
   * handle may be at fault, or the session that it and all newer ones lead to; after a while it is forgotten.
   * @param lastedMs `null`: it never was open
   */
  ended(used: string | null, lastedMs: number | null, nowMs: number): void {
    if (used === null || this.#value === null) return;
    if (lastedMs !== null && lastedMs >= stableMs) {
      this.proved();
      return;
    }
    this.#refusedSinceMs ??= nowMs;
    if (nowMs - this.#refusedSinceMs >= this.#patienceMs) this.forget();
  }

  forget(): void {
    this.#value = null;
    this.#refusedSinceMs = null;
  }
}
