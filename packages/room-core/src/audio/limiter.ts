/** Settings of a {@link Limiter}. */
export interface LimiterOptions {
  /** Highest peak that leaves, in dB of full scale. @defaultValue -1 */
  readonly thresholdDb?: number;
  /** Time constant of the way back to full gain, in milliseconds. @defaultValue 90 */
  readonly releaseMs?: number;
  /** Length of a frame, in milliseconds. @defaultValue 20 */
  readonly frameMs?: number;
}

const FULL_SCALE = 32_767;

/**
 * Turns a sum of voices into PCM16 with peaks at or below the threshold. The gain falls at once, before the frame that
 * needs it leaves, and comes back slowly; so loud moments get quieter as a whole and no wave is clipped or wrapped.
 */
export class Limiter {
  readonly #threshold: number;
  readonly #releasePerFrame: number;
  #gain = 1;

  constructor(options: LimiterOptions = {}) {
    const { thresholdDb = -1, releaseMs = 90, frameMs = 20 } = options;
    this.#threshold = Math.floor(FULL_SCALE * 10 ** (thresholdDb / 20));
    this.#releasePerFrame = Math.exp(-frameMs / releaseMs);
  }

  /** Highest absolute sample that leaves. */
  get threshold(): number {
    return this.#threshold;
  }

  /** Gain after the last frame, 0 to 1. */
  get gain(): number {
    return this.#gain;
  }

  /** Writes `sum` into `out`, both of one frame's length. */
  process(sum: Int32Array, out: Int16Array): void {
    const allowed = this.#allowedGain(sum);
    // Both ends of the ramp are at most what the loudest sample bears, so every sample between is, too.
    const from = Math.min(this.#gain, allowed);
    const to = Math.min(1 - (1 - from) * this.#releasePerFrame, allowed);
    const step = (to - from) / sum.length;
    for (let index = 0; index < sum.length; index += 1) {
      // Storing into an Int16Array cuts toward zero, never above the threshold.
      out[index] = (sum[index] ?? 0) * (from + step * index);
    }
    this.#gain = to;
  }

  #allowedGain(sum: Int32Array): number {
    let peak = 0;
    for (let index = 0; index < sum.length; index += 1) peak = Math.max(peak, Math.abs(sum[index] ?? 0));
    return peak > this.#threshold ? this.#threshold / peak : 1;
  }
}
