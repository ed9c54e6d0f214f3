import { fitWithin, type Picture } from './encode-frame.ts';
import { SIGNATURE_HEIGHT, SIGNATURE_WIDTH, signatureOf } from './picture-signature.ts';

/** The newest picture of one camera or screen, on a canvas without a document. */
export class KeptPicture {
  readonly canvas: OffscreenCanvas = new OffscreenCanvas(1, 1);
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #small: OffscreenCanvasRenderingContext2D;

  constructor() {
    this.#context = contextOf(this.canvas, { alpha: false });
    this.#small = contextOf(new OffscreenCanvas(SIGNATURE_WIDTH, SIGNATURE_HEIGHT), { willReadFrequently: true });
    this.#small.imageSmoothingQuality = 'high';
  }

  /** @returns what the picture looks like from afar. */
  draw(image: CanvasImageSource, width: number, height: number, maxSide: number): Uint8Array<ArrayBuffer> {
    const size = fitWithin(width, height, maxSide);
    const { canvas } = this;
    // Setting a size clears the canvas and its settings, even when it is the same.
    if (canvas.width !== size.width) canvas.width = size.width;
    if (canvas.height !== size.height) canvas.height = size.height;
    this.#context.imageSmoothingQuality = 'high';
    this.#context.drawImage(image, 0, 0, size.width, size.height);
    this.#small.drawImage(canvas, 0, 0, SIGNATURE_WIDTH, SIGNATURE_HEIGHT);
    return signatureOf(this.#small.getImageData(0, 0, SIGNATURE_WIDTH, SIGNATURE_HEIGHT).data);
  }

  async toJpeg(quality: number): Promise<Picture> {
    const { width, height } = this.canvas;
    const blob = await this.canvas.convertToBlob({ type: 'image/jpeg', quality });
    return { bytes: new Uint8Array(await blob.arrayBuffer()), width, height };
  }
}

function contextOf(
  canvas: OffscreenCanvas,
  settings: CanvasRenderingContext2DSettings,
): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', settings);
  if (!context) throw new Error('The browser gave no drawing context.');
  return context;
}
