import { LiveClientError } from '../errors.ts';
import { SIGNATURE_HEIGHT, SIGNATURE_WIDTH, signatureOf } from './picture-signature.ts';

/** A JPEG. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** What {@link PictureEncoder.draw} takes. */
export interface Drawable {
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/** Draws a picture small enough and makes a JPEG of it. */
export interface PictureEncoder {
  /** Keeps the picture as it is now; answers what it looks like from afar. */
  draw(source: Drawable): Uint8Array;
  /** The kept picture as JPEG; `quality` from 0 to 1. */
  encode(quality: number): Promise<Picture>;
}

/** The size that keeps the aspect with no side longer than `maxSide`; never larger than the original. */
export function fitWithin(width: number, height: number, maxSide: number): { width: number; height: number } {
  const scale = Math.min(1, maxSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Encodes on a canvas without a document; the browser compresses away from the main thread. */
export class CanvasEncoder implements PictureEncoder {
  readonly #maxSide: number;
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #small: OffscreenCanvasRenderingContext2D;

  /**
   * @throws {@link LiveClientError} `ERR_PICTURE_FAILED` where there is no such canvas.
   */
  constructor({ maxSide }: { readonly maxSide: number }) {
    if (typeof OffscreenCanvas === 'undefined') throw failed('This environment has no OffscreenCanvas.');
    this.#maxSide = maxSide;
    this.#canvas = new OffscreenCanvas(1, 1);
    this.#context = contextOf(this.#canvas, { alpha: false });
    this.#small = contextOf(new OffscreenCanvas(SIGNATURE_WIDTH, SIGNATURE_HEIGHT), { willReadFrequently: true });
    this.#small.imageSmoothingQuality = 'high';
  }

  draw({ image, width, height }: Drawable): Uint8Array {
    const size = fitWithin(width, height, this.#maxSide);
    const canvas = this.#canvas;
    // Setting a size clears the canvas and its settings, even when it is the same.
    if (canvas.width !== size.width) canvas.width = size.width;
    if (canvas.height !== size.height) canvas.height = size.height;
    this.#context.imageSmoothingQuality = 'high';
    this.#context.drawImage(image, 0, 0, size.width, size.height);
    this.#small.drawImage(canvas, 0, 0, SIGNATURE_WIDTH, SIGNATURE_HEIGHT);
    return signatureOf(this.#small.getImageData(0, 0, SIGNATURE_WIDTH, SIGNATURE_HEIGHT).data);
  }

  async encode(quality: number): Promise<Picture> {
    const { width, height } = this.#canvas;
    try {
      const blob = await this.#canvas.convertToBlob({ type: 'image/jpeg', quality });
      return { bytes: new Uint8Array(await blob.arrayBuffer()), width, height };
    } catch (cause) {
      throw failed('The browser could not encode the picture.', cause);
    }
  }
}

function contextOf(
  canvas: OffscreenCanvas,
  settings: CanvasRenderingContext2DSettings,
): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', settings);
  if (!context) throw failed('The browser gave no drawing context.');
  return context;
}

function failed(message: string, cause?: unknown): LiveClientError {
  return new LiveClientError('ERR_PICTURE_FAILED', message, cause === undefined ? {} : { cause });
}
