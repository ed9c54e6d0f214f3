/** Measures what was played: over all time, and since the last look. */
export class OutputMeter {
  #energy = 0;
  #count = 0;
  #peak = 0;
  #recentEnergy = 0;
  #recentCount = 0;

  /** Root mean square of everything that was counted. */
  get rms(): number {
    return this.#count === 0 ? 0 : Math.sqrt(this.#energy / this.#count);
  }

  /** Largest magnitude that was counted. */
  get peak(): number {
    return this.#peak;
  }

  /** Counts real audio. */
  count(samples: Float32Array, length: number): void {
    for (let index = 0; index < length; index++) {
      const magnitude = Math.abs(samples[index] ?? 0);
      if (magnitude > this.#peak) this.#peak = magnitude;
      this.#energy += magnitude * magnitude;
    }
    this.#count += length;
  }

  /** Adds one block of output, real or not, to the level that the next {@link takeLevel} answers. */
  hear(samples: Float32Array): void {
    for (let index = 0; index < samples.length; index++) this.#recentEnergy += (samples[index] ?? 0) ** 2;
    this.#recentCount += samples.length;
  }

  /** Root mean square of the output since the last call. */
  takeLevel(): number {
    const level = this.#recentCount === 0 ? 0 : Math.sqrt(this.#recentEnergy / this.#recentCount);
    this.#recentEnergy = 0;
    this.#recentCount = 0;
    return level;
  }
}
