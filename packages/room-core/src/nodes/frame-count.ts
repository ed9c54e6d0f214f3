/** Counts what comes of one sender: nothing may be missing. */
export class FrameCount {
  #sent = 0;
  #taken = 0;

  /** The number of the next frame that must not get lost. */
  next(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** @returns whether the frame comes after the ones before; those without a number always do. */
  take(n: number): boolean {
    if (n === 0) return true;
    if (n !== this.#taken + 1) return false;
    this.#taken = n;
    return true;
  }
}
