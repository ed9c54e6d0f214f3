/** Mark of pings that only ask whether the service answers, as the one behind a setup. */
export const SETUP_MARK = '0';

/**
 * Knows whether everything that was said to the service in words has arrived there. Gemini acknowledges nothing, but the
 * answer to a WebSocket ping stands behind the effect of whatever was sent before the ping: a handle that comes earlier
 * was perhaps made without it, and an answer that begins earlier answers something else.
 */
export class Arrivals {
  #sent = 0;
  #arrived = 0;
  #hasAnswered = false;
  #isSilent = false;

  /** Nothing is on its way. Always so with a service that answers no pings, as far as anybody can know. */
  get isComplete(): boolean {
    return this.#isSilent || this.#arrived === this.#sent;
  }

  /** Something was sent; the ping that follows it carries the returned mark. */
  sent(): string {
    this.#sent += 1;
    return String(this.#sent);
  }

  /** A ping was answered. */
  answered(mark: string): void {
    this.#hasAnswered = true;
    this.#isSilent = false;
    this.#arrived = Math.max(this.#arrived, Math.min(Number(mark) || 0, this.#sent));
  }

  /** The service has answered words. Returns whether that is the first proof that it answers no pings. */
  proved(): boolean {
    if (this.#isSilent || this.#hasAnswered) return false;
    this.#isSilent = true;
    return true;
  }

  /** The connection is gone, and what was on its way with it. */
  lost(): void {
    this.#arrived = this.#sent;
  }
}
