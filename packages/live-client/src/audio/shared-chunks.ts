/** Places of the header, 32-bit each. */
const READ = 0;
const WRITE = 1;
const OBEYED = 2;
const HEADER_BYTES = 16;

/** Turn and length before each chunk, two 16-bit places each. */
const PREFIX = 4;

/**
 * A queue of chunks of 16-bit samples in shared memory, from one writer on one thread to one reader on another. Neither
 * waits for the other, and neither allocates.
 *
 * It also counts the messages that the reader has obeyed, for a writer that sends some things by message and must not
 * let samples overtake them.
 */
export class SharedChunks {
  /** What the other thread makes its end of. */
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #samples: Int16Array;
  /** Turn of the chunk that {@link read} gave last. */
  turn = 0;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#samples = new Int16Array(memory, HEADER_BYTES);
  }

  /** Makes the queue; `capacity` is in samples, and a chunk takes four more. */
  static create(capacity: number): SharedChunks {
    if (!Number.isInteger(capacity) || capacity <= PREFIX) {
      throw new RangeError(`capacity is ${capacity}; give a whole number of samples above ${PREFIX}.`);
    }
    return new SharedChunks(new SharedArrayBuffer(HEADER_BYTES + 2 * capacity));
  }

  /** The other end of a queue. */
  static of(memory: SharedArrayBuffer): SharedChunks {
    return new SharedChunks(memory);
  }

  /** Samples that the memory holds, prefixes included. */
  get capacity(): number {
    return this.#samples.length;
  }

  /** Messages that the reader has obeyed, modulo 2^32. */
  get obeyed(): number {
    return Atomics.load(this.#header, OBEYED) >>> 0;
  }

  /** Reader: one more message was obeyed. */
  countObeyed(): void {
    Atomics.add(this.#header, OBEYED, 1);
  }

  /** Writer: appends a chunk as a whole. @returns whether there was room. */
  write(samples: Int16Array, turn: number): boolean {
    const { length: capacity } = this.#samples;
    const { length } = samples;
    const read = Atomics.load(this.#header, READ);
    const write = Atomics.load(this.#header, WRITE);
    // One place stays free: otherwise full and empty would look the same.
    const free = (read - write - 1 + capacity) % capacity;
    if (length + PREFIX > free) return false;
    let at = this.#put(write, turn & 0xffff);
    at = this.#put(at, turn >>> 16);
    at = this.#put(at, length & 0xffff);
    at = this.#put(at, length >>> 16);
    for (let index = 0; index < length; index++) at = this.#put(at, samples[index] ?? 0);
    Atomics.store(this.#header, WRITE, at);
    return true;
  }

  /**
   * Reader: takes the oldest chunk; {@link turn} is its turn.
   *
   * @param output - holds {@link capacity} samples.
   * @returns its length, −1 when there is none.
   */
  read(output: Int16Array): number {
    const { length: capacity } = this.#samples;
    let at = Atomics.load(this.#header, READ);
    if (at === Atomics.load(this.#header, WRITE)) return -1;
    this.turn = this.#pair(at);
    const length = this.#pair(at + 2);
    at = (at + PREFIX) % capacity;
    for (let index = 0; index < length; index++) {
      output[index] = this.#samples[at] ?? 0;
      at = at + 1 === capacity ? 0 : at + 1;
    }
    Atomics.store(this.#header, READ, at);
    return length;
  }

  #put(at: number, value: number): number {
    this.#samples[at] = value;
    return at + 1 === this.#samples.length ? 0 : at + 1;
  }

  #pair(at: number): number {
    const { length: capacity } = this.#samples;
    const low = this.#samples[at % capacity] ?? 0;
    const high = this.#samples[(at + 1) % capacity] ?? 0;
    return (low & 0xffff) | ((high & 0xffff) << 16);
  }
}
