import { MediaCodec, MediaFlag, type MediaFrame } from '@colloquy/live-protocol';
import { Vp8Decoder } from '../codecs/vp8.ts';
import { type DecodedPicture, openVideoSink, type VideoSink } from './video-sink.ts';

/** What a {@link VideoScreen} tells. */
export interface VideoScreenPort {
  /** The first picture is there, or one of another size. */
  readonly resized: (width: number, height: number) => void;
  /** A picture of so many pixels, to be used during the call. */
  readonly shown: (picture: DecodedPicture, width: number, height: number) => void;
}

/** Shows what comes from one camera or one shared screen. */
export class VideoScreen {
  readonly #port: VideoScreenPort;
  readonly #sink: VideoSink = openVideoSink();
  readonly #decoder: Vp8Decoder = new Vp8Decoder((frame) => this.#show(frame, frame.displayWidth, frame.displayHeight));
  #isDecodingJpeg = false;
  #size = '';
  #closed = false;

  constructor(port: VideoScreenPort) {
    this.#port = port;
  }

  get stream(): MediaStream {
    return this.#sink.stream;
  }

  receive({ codec, flags, mediaTime, payload }: MediaFrame): void {
    if (codec === MediaCodec.vp8) {
      this.#decoder.decode(payload, (flags & MediaFlag.keyFrame) !== 0, mediaTime * 1_000);
    } else if (codec === MediaCodec.jpeg && !this.#isDecodingJpeg) {
      this.#isDecodingJpeg = true;
      this.#decodeJpeg(payload, mediaTime * 1_000)
        .catch(() => {
          // Not a picture: the next one will be.
        })
        .finally(() => {
          this.#isDecodingJpeg = false;
        });
    }
  }

  close(): void {
    this.#closed = true;
    this.#decoder.close();
    this.#sink.close();
  }

  async #decodeJpeg(payload: Uint8Array, timestamp: number): Promise<void> {
    const bitmap = await createImageBitmap(new Blob([payload as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }));
    const { width, height } = bitmap;
    if (typeof VideoFrame === 'undefined') {
      this.#show(bitmap, width, height);
      return;
    }
    const frame = new VideoFrame(bitmap, { timestamp });
    bitmap.close();
    this.#show(frame, width, height);
  }

  #show(picture: DecodedPicture, width: number, height: number): void {
    if (this.#closed) {
      picture.close();
      return;
    }
    this.#port.shown(picture, width, height);
    this.#sink.show(picture, width, height);
    const size = `${width} ${height}`;
    if (size === this.#size) return;
    this.#size = size;
    this.#port.resized(width, height);
  }
}
