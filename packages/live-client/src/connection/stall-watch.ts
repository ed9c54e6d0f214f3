/** A full socket out of which nothing leaves for so long leads nowhere. */
const STALLED_MS = 10_000;

/**
 * Notices a dead connection by what does not leave it. For wires without pings: while somebody speaks, sound fills the
 * socket within seconds after the network has gone.
 */
export class StallWatch {
  #waiting = 0;
  #sinceMs: number | null = null;

  /**
   * Sound is to be sent.
   *
   * @param waiting - bytes in the socket; 0 while there is room for more.
   * @returns whether nothing has left for 10 s; tells it once.
   */
  isStalled(waiting: number, nowMs: number): boolean {
    const hasMoved = waiting === 0 || waiting < this.#waiting;
    this.#waiting = waiting;
    if (hasMoved || this.#sinceMs === null) {
      this.#sinceMs = waiting === 0 ? null : nowMs;
      return false;
    }
    if (nowMs - this.#sinceMs < STALLED_MS) return false;
    this.#sinceMs = null;
    return true;
  }
}
