import { LiveClientError } from '../errors.ts';
import type { Drawable, EncodedPicture, Picture, PictureEncoder, VideoRequest } from './encode-frame.ts';
import type { PictureWorkshop } from './picture-workshop.ts';

/** One stream of pictures in a {@link PictureWorkshop}. */
export class WorkshopEncoder implements PictureEncoder {
  readonly #open: () => Promise<PictureWorkshop>;
  readonly #maxSide: number;
  #workshop: Promise<PictureWorkshop> | null = null;
  #stream: number | null = null;
  #closed = false;

  /** @param open - asked when the first picture is drawn. */
  constructor(open: () => Promise<PictureWorkshop>, maxSide: number) {
    this.#open = open;
    this.#maxSide = maxSide;
  }

  async draw({ image, width, height }: Drawable): Promise<Uint8Array> {
    return this.#run(async (workshop, stream) => {
      const copy = await copyOf(image);
      const job = { type: 'draw', stream, image: copy, width, height, maxSide: this.#maxSide } as const;
      return workshop.run<'draw'>(job, [copy]);
    });
  }

  encode(quality: number): Promise<Picture> {
    return this.#run((workshop, stream) => workshop.run<'encode'>({ type: 'encode', stream, quality }));
  }

  encodeVideo(request: VideoRequest): Promise<EncodedPicture | null> {
    return this.#run((workshop, stream) => workshop.run<'encodeVideo'>({ type: 'encodeVideo', stream, request }));
  }

  close(): void {
    this.#closed = true;
    const stream = this.#stream;
    if (stream === null) return;
    // When the worker is gone, so is the stream.
    this.#workshop?.then((workshop) => workshop.run<'close'>({ type: 'close', stream })).catch(() => {});
  }

  async #run<Result>(task: (workshop: PictureWorkshop, stream: number) => Promise<Result>): Promise<Result> {
    try {
      this.#workshop ??= this.#open();
      const workshop = await this.#workshop;
      if (this.#closed) throw new Error('The device is off.');
      this.#stream ??= workshop.newStream();
      return await task(workshop, this.#stream);
    } catch (cause) {
      throw new LiveClientError('ERR_PICTURE_FAILED', 'The browser could not encode the picture.', { cause });
    }
  }
}

/** The picture of this moment, to be given away. */
function copyOf(image: CanvasImageSource): VideoFrame | Promise<ImageBitmap> {
  if (typeof VideoFrame === 'undefined') return createImageBitmap(image);
  return image instanceof VideoFrame ? image.clone() : new VideoFrame(image, { timestamp: 0 });
}
