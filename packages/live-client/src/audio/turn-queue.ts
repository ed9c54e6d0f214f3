import { RingBuffer } from './ring-buffer.ts';

/** A run of samples of one turn, in the order of the queue. */
interface TurnRun {
  readonly turn: number;
  length: number;
}

/** Samples waiting to be played, each known by the turn it belongs to; turn 0 is audio without turns. */
export class TurnQueue {
  readonly #ring: RingBuffer;
  /** Never empty runs; their lengths add up to the length of the ring. */
  readonly #runs: TurnRun[] = [];

  constructor({ maxSamples }: { readonly maxSamples: number }) {
    this.#ring = new RingBuffer({ maxSamples });
  }

  /** Samples waiting. */
  get length(): number {
    return this.#ring.length;
  }

  /** Turn of the oldest sample, `null` when nothing waits. */
  get headTurn(): number | null {
    return this.#runs[0]?.turn ?? null;
  }

  /**
   * Appends the first `length` samples.
   *
   * @returns how many did not fit.
   */
  write(samples: Int16Array, turn: number, length: number = samples.length): number {
    const written = this.#ring.write(samples, length);
    const last = this.#runs.at(-1);
    if (last?.turn === turn) last.length += written;
    else if (written > 0) this.#runs.push({ turn, length: written });
    return length - written;
  }

  /** Moves up to `count` samples into `output` as floats; returns how many there were. */
  read(output: Float32Array, count: number): number {
    return this.#passed(this.#ring.read(output, count));
  }

  /** Forgets up to `count` of the oldest samples, blended over `blend` samples; returns how many there were. */
  skip(count: number, blend: number = 0): number {
    return this.#passed(blend > 0 ? this.#ring.skipBlended(count, blend) : this.#ring.skip(count));
  }

  /** Samples at the head of the queue whose turn is not after `turn`. */
  lengthThrough(turn: number): number {
    let length = 0;
    for (const run of this.#runs) {
      if (run.turn > turn) break;
      length += run.length;
    }
    return length;
  }

  #passed(count: number): number {
    let rest = count;
    while (rest > 0) {
      const run = this.#runs[0];
      if (!run) break;
      const part = Math.min(rest, run.length);
      run.length -= part;
      rest -= part;
      if (run.length === 0) this.#runs.shift();
    }
    return count;
  }
}
