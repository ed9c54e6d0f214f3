/** Memory that is taken at once; more is taken as more arrives, so that announcing a large message costs nothing. */
const firstBytes = 4_096;

/**
 * Bytes that arrive in pieces, in one piece. Copied, so that many small pieces cost no more than their bytes, and keep no
 * block of the network alive.
 */
export class GrowingBytes {
  #memory: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What has arrived: a view, valid until more is added. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Adds bytes. @param expected How many there may be in the end. */
  append(data: Uint8Array, from: number, to: number, expected: number): void {
    const length = this.#length + to - from;
    if (length > this.#memory.byteLength) {
      const doubled = Math.max(firstBytes, 2 * this.#memory.byteLength);
      const grown = Buffer.allocUnsafeSlow(Math.max(length, Math.min(doubled, expected)));
      grown.set(this.#memory.subarray(0, this.#length));
      this.#memory = grown;
    }
    this.#memory.set(data.subarray(from, to), this.#length);
    this.#length = length;
  }
}
