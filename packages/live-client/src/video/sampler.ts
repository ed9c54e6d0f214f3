import type { Picture, PictureEncoder } from './encode-frame.ts';
import type { FrameSource } from './frame-source.ts';
import type { Pacer } from './pacer.ts';
import { isChanged } from './picture-signature.ts';

/** What a {@link Sampler} works with. */
export interface SamplerOptions {
  /** Stays the caller's. */
  readonly source: FrameSource;
  readonly encoder: PictureEncoder;
  readonly pacer: Pacer;
  /** JPEG quality without pressure, 0 to 1. */
  readonly quality: number;
  /** Calls back after so many milliseconds, also while the page is hidden, unless the returned function was called. */
  readonly setTimer: (ms: number, run: () => void) => () => void;
  /** Bytes that wait in the socket. */
  readonly pressure: () => number;
  readonly onPicture: (picture: Picture) => void;
  /** Called at most once, after several pictures in a row failed; no picture follows. */
  readonly onFailed: (error: unknown) => void;
}

/** Failures in a row that are not bad luck any more. */
const MAX_FAILURES = 3;

/** Takes pictures at a steady rate, one at a time: a busy page or connection loses pictures here instead of piling them up. */
export class Sampler {
  readonly #options: SamplerOptions;
  #cancelTimer: (() => void) | undefined;
  #lastSent: Uint8Array | null = null;
  #failures = 0;
  #closed = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Another rate from the next picture on. */
  setRate(framesPerSecond: number): void {
    this.#options.pacer.setRate(framesPerSecond);
    // While a picture is being encoded there is no timer: the rate holds from the next one on.
    if (this.#cancelTimer === undefined) return;
    this.#cancelTimer();
    this.#schedule();
  }

  /** No picture is given out any more. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  #schedule(): void {
    if (this.#closed) return;
    const { pacer, setTimer } = this.#options;
    this.#cancelTimer = setTimer(pacer.wait(performance.now()), () => void this.#tick());
  }

  async #tick(): Promise<void> {
    this.#cancelTimer = undefined;
    try {
      const picture = await this.#take();
      this.#failures = 0;
      if (picture && !this.#closed) this.#options.onPicture(picture);
    } catch (error) {
      this.#failures += 1;
      if (this.#failures >= MAX_FAILURES && !this.#closed) {
        this.close();
        this.#options.onFailed(error);
      }
    }
    this.#schedule();
  }

  async #take(): Promise<Picture | null> {
    const { source, encoder, pacer, pressure, quality } = this.#options;
    const pressureBytes = pressure();
    if (!pacer.hasRoom(pressureBytes) || source.width === 0 || source.height === 0) return null;
    const signature = await encoder.draw(source);
    if (!pacer.sends(performance.now(), isChanged(this.#lastSent, signature))) return null;
    const picture = await encoder.encode(pacer.quality(quality, pressureBytes));
    this.#lastSent = signature;
    return picture;
  }
}
