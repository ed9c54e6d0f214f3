import { withDeadline } from '../deadline.ts';
import type { EncodedPicture, VideoRequest } from './encode-frame.ts';

/** Frames that may wait in an encoder that is late; one stands still while the system is busy. */
const MAX_BEHIND = 2;
/** An encoder that gives nothing for so long is flushed, and one that does not answer a flush for so long has failed; ms. */
const ANSWER_MS = 3_000;

/** Encodes the pictures of one canvas as VP8 in real time, one after the other. */
export class Vp8Encoder {
  readonly #encoder: VideoEncoder;
  #configured = '';
  /** In the order of the stream; more than one where one came late. */
  readonly #outputs: EncodedVideoChunk[] = [];
  /** Timestamp of the first frame since the last output, microseconds. */
  #unansweredSince: number | null = null;
  #error: unknown = null;
  /** In Firefox a flush ends the stream, and a key frame follows: there the output itself is waited for. */
  #flushEndsStream = false;
  #woken = () => {};

  constructor() {
    this.#encoder = new VideoEncoder({
      output: (chunk) => {
        this.#unansweredSince = null;
        this.#outputs.push(chunk);
        this.#woken();
      },
      error: (error) => {
        this.#error = error;
        this.#woken();
      },
    });
  }

  /** `null` when the encoder left the frame out to keep its rate, or is so far behind that it gets no more. */
  async encode(canvas: OffscreenCanvas, request: VideoRequest): Promise<EncodedPicture | null> {
    if (this.#error) throw this.#error;
    // It stands still, or left out all of them; it is seldom asked which, for that costs a whole picture.
    if (request.timestamp - (this.#unansweredSince ?? request.timestamp) >= 1_000 * ANSWER_MS) await this.#flush();
    // What came late goes first, and nothing is put behind it: else every later picture would come late too.
    if (this.#outputs.length > 0) return this.#next(canvas, request);
    if (this.#encoder.encodeQueueSize > MAX_BEHIND) return null;
    const isKey = this.#configure(canvas, request) || request.isKey;
    const frame = new VideoFrame(canvas, { timestamp: request.timestamp });
    this.#encoder.encode(frame, { keyFrame: isKey });
    this.#unansweredSince ??= request.timestamp;
    frame.close();
    // In real time nothing is held back, so this waits for this frame only.
    await (this.#flushEndsStream ? this.#nextOutput(request.framesPerSecond) : this.#flush());
    if (this.#error) throw this.#error;
    const picture = this.#next(canvas, request);
    if (picture?.isKey && !isKey) this.#flushEndsStream = true;
    return picture;
  }

  /** @throws Error when the encoder stands still: one that leaves frames out to keep its rate answers. */
  async #flush(): Promise<void> {
    const late = () => new Error(`The encoder did not answer within ${ANSWER_MS / 1_000} s.`);
    await withDeadline(this.#encoder.flush(), ANSWER_MS, late);
    this.#unansweredSince = null;
  }

  #next({ width, height }: OffscreenCanvas, { timestamp }: VideoRequest): EncodedPicture | null {
    const chunk = this.#outputs.shift();
    if (!chunk) return null;
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    // Timestamps are microseconds, which an engine may round.
    return { bytes, width, height, isKey: chunk.type === 'key', isLate: timestamp - chunk.timestamp > 1_000 };
  }

  /** Resolves with the next output, or when it is so late that the frame seems to be left out. */
  async #nextOutput(framesPerSecond: number): Promise<void> {
    if (this.#outputs.length > 0 || this.#error) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const deadline = setTimeout(resolve, 2_000 / framesPerSecond);
    this.#woken = resolve;
    await promise;
    clearTimeout(deadline);
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
