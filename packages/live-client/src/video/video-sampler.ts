import type { EncodedPicture, PictureEncoder } from './encode-frame.ts';
import type { FrameSource } from './frame-source.ts';
import type { Pacer } from './pacer.ts';
import { isChanged } from './picture-signature.ts';

/** How a camera or a screen is shown to people. */
export interface VideoSettings {
  readonly codec: 'jpeg' | 'vp8';
  /** Longest side, pixels. */
  readonly maxSide: number;
  /** Above 0 and up to 30. */
  readonly framesPerSecond: number;
  /** Of VP8; less under pressure. */
  readonly bitsPerSecond: number;
  /** Value of the device's `pressure` above which no picture is taken, bytes. @defaultValue that of the device */
  readonly highWaterBytes?: number;
}

/** A picture for people. */
export interface VideoPicture extends EncodedPicture {
  readonly codec: 'jpeg' | 'vp8';
}

/** What a {@link VideoSampler} works with. */
export interface VideoSamplerOptions {
  /** Stays the caller's. */
  readonly source: FrameSource;
  /** Is closed with the sampler. */
  readonly encoder: PictureEncoder;
  readonly pacer: Pacer;
  readonly settings: VideoSettings;
  /** Bytes that wait in the socket. */
  readonly pressure: () => number;
  /** Resolves after so many milliseconds, also while the page is hidden. */
  readonly wait: (ms: number) => Promise<void>;
  readonly onPicture: (picture: VideoPicture) => void;
}

/** Whoever joins unnoticed waits no longer than this for a picture. */
const KEY_FRAME_MS = 5_000;
/** The encoder begins anew when its rate changes, with a large frame: not more often than this. */
const BITRATE_HOLD_MS = 4_000;
/** Shares of the bit rate, by how full the socket is. */
const BITRATE_STEPS = [1, 0.6, 0.35] as const;
const JPEG_QUALITY = 0.6;
/** Failures of VP8 in a row after which JPEG is sent. */
const MAX_FAILURES = 3;

/** Takes pictures for people at a steady rate, one at a time; what is not there in time is left out, never queued. */
export class VideoSampler {
  readonly #options: VideoSamplerOptions;
  #lastSent: Uint8Array | null = null;
  #keyAtMs = Number.NEGATIVE_INFINITY;
  #isKeyWanted = true;
  #step = 0;
  #stepAtMs = Number.NEGATIVE_INFINITY;
  /** In a row. */
  #failures = 0;
  #vp8Works = true;
  #closed = false;

  constructor(options: VideoSamplerOptions) {
    this.#options = options;
    void this.#run();
  }

  /** The next picture is a whole one, changed or not. */
  requestKeyFrame(): void {
    this.#isKeyWanted = true;
  }

  /** No picture is given out any more. */
  close(): void {
    this.#closed = true;
    this.#options.encoder.close();
  }

  async #run(): Promise<void> {
    const { onPicture, pacer, wait } = this.#options;
    while (!this.#closed) {
      try {
        await wait(pacer.wait(performance.now()));
        const picture = this.#closed ? null : await this.#take();
        if (picture && !this.#closed) onPicture(picture);
      } catch {
        // Told by the sampler for the model, which fails for the same reasons; here the next codec is tried.
        this.#failures += 1;
        this.#isKeyWanted = true;
        if (this.#failures >= MAX_FAILURES) this.#vp8Works = false;
        // Where even waiting fails, this would be a loop that never ends.
        if (this.#failures > 2 * MAX_FAILURES) this.close();
      }
    }
  }

  async #take(): Promise<VideoPicture | null> {
    const { encoder, pacer, pressure, source } = this.#options;
    const pressureBytes = pressure();
    if (!pacer.hasRoom(pressureBytes) || source.width === 0 || source.height === 0) return null;
    const nowMs = performance.now();
    const signature = await encoder.draw(source);
    const isKey = this.#isKeyWanted || nowMs - this.#keyAtMs >= KEY_FRAME_MS;
    if (!isKey && !isChanged(this.#lastSent, signature)) return null;
    this.#isKeyWanted = false;
    const picture = await this.#encode(isKey, pressureBytes, nowMs);
    if (!picture?.isKey) this.#isKeyWanted ||= isKey;
    if (picture === null) return null;
    // What was drawn last is still to be shown where an earlier picture came instead.
    this.#lastSent = picture.isLate ? null : signature;
    this.#failures = 0;
    if (picture.isKey) this.#keyAtMs = nowMs;
    return picture;
  }

  async #encode(isKey: boolean, pressureBytes: number, nowMs: number): Promise<VideoPicture | null> {
    const { encoder, pacer, settings } = this.#options;
    if (settings.codec === 'jpeg' || !this.#vp8Works) {
      const picture = await encoder.encode(pacer.quality(JPEG_QUALITY, pressureBytes));
      return { ...picture, isKey: true, codec: 'jpeg' };
    }
    const { bitsPerSecond, framesPerSecond } = settings;
    const share = this.#bitrateShare(pacer.load(pressureBytes), nowMs);
    const picture = await encoder.encodeVideo({
      ...{ isKey, framesPerSecond },
      timestamp: Math.round(nowMs * 1_000),
      bitsPerSecond: Math.round(bitsPerSecond * share),
    });
    return picture && { ...picture, codec: 'vp8' };
  }

  #bitrateShare(load: number, nowMs: number): number {
    const step = Math.min(BITRATE_STEPS.length - 1, Math.floor(load * BITRATE_STEPS.length));
    if (step !== this.#step && nowMs - this.#stepAtMs >= BITRATE_HOLD_MS) {
      this.#step = step;
      this.#stepAtMs = nowMs;
    }
    return BITRATE_STEPS[this.#step] ?? 1;
  }
}
