/** How people's pictures are decoded. */
export const VP8_DECODER_CONFIG: VideoDecoderConfig = { codec: 'vp8', optimizeForLatency: true };

/** Pictures that may wait for the decoder; more means that this device does not keep up. */
const MAX_QUEUED = 8;
/** Failures in a row after which nothing is shown any more: something is wrong with the sender. */
const MAX_FAILURES = 20;

/** Decodes one VP8 stream. After a failure, or when it does not keep up, it goes on with the next key frame. */
export class Vp8Decoder {
  readonly #onFrame: (frame: VideoFrame) => void;
  #decoder: VideoDecoder | null = null;
  #failures = 0;
  #closed = false;

  /** @param onFrame - closes the frame. */
  constructor(onFrame: (frame: VideoFrame) => void) {
    this.#onFrame = onFrame;
  }

  /** @param timestamp - microseconds. */
  decode(data: Uint8Array, isKey: boolean, timestamp: number): void {
    if (this.#closed || this.#failures >= MAX_FAILURES) return;
    if (isKey && this.#decoder && this.#decoder.decodeQueueSize > MAX_QUEUED) this.#drop();
    // Without a decoder nothing but a key frame makes sense.
    if (!this.#decoder && !isKey) return;
    if (!isKey && (this.#decoder?.decodeQueueSize ?? 0) > MAX_QUEUED) {
      this.#drop();
      return;
    }
    try {
      this.#decoder ??= this.#open();
      this.#decoder.decode(new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp, data }));
    } catch {
      this.#failed();
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #open(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => {
        this.#failures = 0;
        if (this.#decoder === decoder) this.#onFrame(frame);
        else frame.close();
      },
      error: () => {
        if (this.#decoder === decoder) this.#failed();
      },
    });
    decoder.configure(VP8_DECODER_CONFIG);
    return decoder;
  }

  #failed(): void {
    this.#failures += 1;
    this.#drop();
  }

  #drop(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}
