import type { EncodedPicture, VideoRequest } from './encode-frame.ts';

/** Encodes the pictures of one canvas as VP8 in real time, one after the other. */
export class Vp8Encoder {
  readonly #encoder: VideoEncoder;
  #configured = '';
  #output: EncodedVideoChunk | null = null;
  #error: unknown = null;

  constructor() {
    this.#encoder = new VideoEncoder({
      output: (chunk) => {
        this.#output = chunk;
      },
      error: (error) => {
        this.#error = error;
      },
    });
  }

  /** `null` when the encoder left the frame out to keep its rate. */
  async encode(canvas: OffscreenCanvas, request: VideoRequest): Promise<EncodedPicture | null> {
    const isNew = this.#configure(canvas, request);
    const frame = new VideoFrame(canvas, { timestamp: request.timestamp });
    this.#output = null;
    this.#encoder.encode(frame, { keyFrame: request.isKey || isNew });
    frame.close();
    // In real time nothing is held back, so this waits for this frame only.
    await this.#encoder.flush();
    if (this.#error) throw this.#error;
    const chunk = this.#output as EncodedVideoChunk | null;
    if (!chunk) return null;
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    return { bytes, width: canvas.width, height: canvas.height, isKey: chunk.type === 'key' };
  }

  close(): void {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }

  /** @returns whether the encoder begins anew. */
  #configure({ width, height }: OffscreenCanvas, { bitsPerSecond, framesPerSecond }: VideoRequest): boolean {
    const wanted = `${width} ${height} ${bitsPerSecond} ${framesPerSecond}`;
    if (wanted === this.#configured) return false;
    this.#configured = wanted;
    this.#encoder.configure({
      ...{ codec: 'vp8', width, height },
      bitrate: bitsPerSecond,
      framerate: framesPerSecond,
      latencyMode: 'realtime',
    });
    return true;
  }
}
