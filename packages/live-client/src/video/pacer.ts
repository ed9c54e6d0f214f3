import { intervalOf } from './frame-rate.ts';

/** Options of a {@link Pacer}. */
export interface PacerOptions {
  /** Pictures per second to look at, above 0 and up to 30. */
  readonly framesPerSecond: number;
  /** A picture that does not change is sent this often all the same, milliseconds. @defaultValue 5_000 */
  readonly keepAliveMs?: number;
  /** Bytes waiting in the socket above which no picture is taken. @defaultValue 131_072 */
  readonly highWaterBytes?: number;
}

/** JPEG quality just below the high-water mark, relative to the usual one. */
const LEAST_QUALITY = 0.6;

/** Decides when a picture is taken, whether it is sent, and how well it is encoded. Knows no clock: times are parameters. */
export class Pacer {
  readonly #keepAliveMs: number;
  readonly #highWaterBytes: number;
  #intervalMs: number;
  #nextMs: number | null = null;
  #sentMs: number | null = null;

  constructor({ framesPerSecond, keepAliveMs = 5_000, highWaterBytes = 131_072 }: PacerOptions) {
    this.#intervalMs = intervalOf(framesPerSecond);
    this.#keepAliveMs = keepAliveMs;
    this.#highWaterBytes = highWaterBytes;
  }

  /** Another rate from the next picture on. */
  setRate(framesPerSecond: number): void {
    this.#intervalMs = intervalOf(framesPerSecond);
    this.#nextMs = null;
  }

  /** Milliseconds until the next picture is due; due times do not drift, and missed ones are left out. */
  wait(nowMs: number): number {
    if (this.#nextMs === null) this.#nextMs = nowMs;
    else if (this.#nextMs <= nowMs) {
      const missed = Math.floor((nowMs - this.#nextMs) / this.#intervalMs);
      this.#nextMs += (missed + 1) * this.#intervalMs;
    }
    return this.#nextMs - nowMs;
  }

  /** Whether the connection has room for a picture. */
  hasRoom(pressureBytes: number): boolean {
    return pressureBytes <= this.#highWaterBytes;
  }

  /** Whether a picture that did or did not change is sent; counts it as sent when it is. */
  sends(nowMs: number, changed: boolean): boolean {
    if (!changed && this.#sentMs !== null && nowMs - this.#sentMs < this.#keepAliveMs) return false;
    this.#sentMs = nowMs;
    return true;
  }

  /** How near the connection is to its high-water mark, 0 to 1. */
  load(pressureBytes: number): number {
    return this.#highWaterBytes > 0 ? Math.min(1, Math.max(0, pressureBytes / this.#highWaterBytes)) : 0;
  }

  /** JPEG quality under this pressure. */
  quality(usual: number, pressureBytes: number): number {
    return usual * (1 - this.load(pressureBytes) * (1 - LEAST_QUALITY));
  }
}
