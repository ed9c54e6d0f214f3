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

  /** The service gave a newer one. */
  renew(value: string): void {
    this.#wasGiven = true;
    this.#value = value;
  }

  /** A session was opened. */
  accepted(): void {
    this.#refusedSinceMs = null;
  }

  /** It was refused in a way that may pass; after a while it is forgotten. */
  refused(nowMs: number): void {
    this.#refusedSinceMs ??= nowMs;
    if (nowMs - this.#refusedSinceMs >= this.#patienceMs) this.forget();
  }

  forget(): void {
    this.#value = null;
    this.#refusedSinceMs = null;
  }
}
