/** Sound in pieces of any length, taken in pieces of any other. */
export class SoundQueue {
  readonly #most: number;
  #pieces: Int16Array[] = [];
  #samples = 0;

  /** @param most - samples; of more than so much the oldest pieces are dropped. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many samples wait. */
  get samples(): number {
    return this.#samples;
  }

  add(piece: Int16Array): void {
    this.#pieces.push(piece);
    this.#samples += piece.length;
    while (this.#samples - (this.#pieces[0]?.length ?? 0) > this.#most) {
      this.#samples -= this.#pieces.shift()?.length ?? 0;
    }
  }

  /** The oldest `count` samples, filled up with silence where there are no more. */
  take(count: number): Int16Array<ArrayBuffer> {
    const taken = new Int16Array(count);
    let filled = 0;
    while (filled < count) {
      const [first] = this.#pieces;
      if (first === undefined) break;
      const part = first.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(part.length);
    }
    this.#samples -= filled;
    return taken;
  }

  clear(): void {
    this.#pieces = [];
    this.#samples = 0;
  }
}
