/**
 * Hides that audio stopped in mid-word: remembers the last few milliseconds that were played and plays them backwards,
 * fading out. The wave goes on without a step, so there is no click.
 */
export class Concealment {
  readonly #memory: Float32Array;
  #at = 0;
  #filled = 0;
  #played: number;

  /** @param length - samples to remember and to fade over. */
  constructor({ length }: { readonly length: number }) {
    this.#memory = new Float32Array(length);
    this.#played = length;
  }

  /** Remembers what was played last. */
  remember(samples: Float32Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      this.#memory[this.#at] = samples[index] ?? 0;
      this.#at = (this.#at + 1) % this.#memory.length;
    }
    this.#filled = Math.min(this.#memory.length, this.#filled + to - from);
  }

  /** The audio stops here: the next {@link fill} begins the fade. */
  begin(): void {
    this.#played = 0;
  }

  /** Overwrites the range with the fade, and with silence after its end. */
  fill(output: Float32Array, from: number, to: number): void {
    const length = this.#memory.length;
    for (let index = from; index < to; index++) {
      const back = this.#played;
      if (back >= this.#filled) {
        output.fill(0, index, to);
        return;
      }
      this.#played += 1;
      const sample = this.#memory[(this.#at - 1 - back + 2 * length) % length] ?? 0;
      output[index] = sample * (1 - this.#played / (this.#filled + 1));
    }
  }

  /** Forgets everything: what comes next begins from silence. */
  clear(): void {
    this.#filled = 0;
    this.#played = this.#memory.length;
  }
}
