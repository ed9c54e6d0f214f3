import { type CaptureScope, serveCapture } from '../src/audio/capture-worker.ts';
import type { TrackSound } from '../src/audio/track-frames.ts';
import type { CaptureWorkerCommand, CaptureWorkerMessage } from '../src/audio/worklet-messages.ts';

/** How samples lie in an {@link FakeAudioData}. */
export type SampleLayout = 'f32-planar' | 'f32' | 's16' | 's16-planar';

interface FakeAudioDataInit {
  readonly layout?: SampleLayout;
  readonly sampleRate?: number;
  /** Milliseconds. */
  readonly atMs?: number;
}

/** A piece of sound as a browser gives it out, which converts when it is copied. */
export class FakeAudioData implements TrackSound {
  readonly sampleRate: number;
  readonly timestamp: number;
  readonly numberOfChannels: number;
  readonly numberOfFrames: number;
  closed = 0;
  readonly #layout: SampleLayout;
  readonly #data: Float32Array | Int16Array;

  constructor(
    channels: readonly Float32Array[],
    { layout = 'f32-planar', sampleRate = 48_000, atMs = 0 }: FakeAudioDataInit = {},
  ) {
    this.sampleRate = sampleRate;
    this.timestamp = Math.round(atMs * 1_000);
    this.numberOfChannels = channels.length;
    this.numberOfFrames = channels[0]?.length ?? 0;
    this.#layout = layout;
    const values = new Float32Array(this.numberOfChannels * this.numberOfFrames);
    for (const [channel, samples] of channels.entries()) {
      for (const [n, sample] of samples.entries()) values[this.#place(channel, n)] = sample;
    }
    this.#data = layout.startsWith('s16') ? Int16Array.from(values, (value) => Math.round(value * 32_767)) : values;
  }

  copyTo(destination: AllowSharedBufferSource, { planeIndex, format }: AudioDataCopyToOptions): void {
    if (this.closed > 0) throw new DOMException('closed', 'InvalidStateError');
    if (format !== 'f32-planar') throw new RangeError(`Not converted to ${format}.`);
    const target = destination as Float32Array;
    for (let n = 0; n < this.numberOfFrames; n++) {
      const value = this.#data[this.#place(planeIndex, n)] ?? 0;
      target[n] = this.#layout.startsWith('s16') ? value / 32_768 : value;
    }
  }

  close(): void {
    this.closed += 1;
  }

  #place(channel: number, n: number): number {
    const isPlanar = this.#layout.endsWith('planar');
    return isPlanar ? channel * this.numberOfFrames + n : n * this.numberOfChannels + channel;
  }
}

/** Gives out what the test says, and throws the oldest away when it is not read, as browsers do. */
export class FakeTrackProcessor {
  static made: FakeTrackProcessor[] = [];
  /** What making one leads to. */
  static failure: Error | null = null;
  readonly track: MediaStreamTrack;
  readonly readable: ReadableStream<AudioData>;
  readonly given: FakeAudioData[] = [];
  cancelled = false;
  readonly #mostPieces: number;
  readonly #waiting: FakeAudioData[] = [];
  #controller: ReadableStreamDefaultController<AudioData> | null = null;
  #isAsked = false;

  constructor({ track, maxBufferSize }: { readonly track: MediaStreamTrack; readonly maxBufferSize: number }) {
    if (FakeTrackProcessor.failure) throw FakeTrackProcessor.failure;
    this.track = track;
    this.#mostPieces = maxBufferSize;
    this.readable = new ReadableStream<AudioData>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isAsked = true;
          this.#pass();
        },
        cancel: () => {
          this.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    FakeTrackProcessor.made.push(this);
  }

  give(piece: FakeAudioData): void {
    this.given.push(piece);
    this.#waiting.push(piece);
    if (this.#waiting.length > this.#mostPieces) this.#waiting.shift()?.close();
    this.#pass();
  }

  /** The track has ended. */
  end(): void {
    this.#controller?.close();
  }

  fail(error: unknown): void {
    this.#controller?.error(error);
  }

  #pass(): void {
    if (this.cancelled || !this.#isAsked) return;
    const piece = this.#waiting.shift();
    if (!piece) return;
    this.#isAsked = false;
    this.#controller?.enqueue(piece as unknown as AudioData);
  }
}

/** Runs the real worker's code on the thread of the test. */
export class FakeWorker {
  static made: FakeWorker[] = [];
  /** What making one leads to: it runs, it is refused at once or a little later, or it never answers. */
  static fate: 'runs' | 'throws' | 'fails' | 'hangs' = 'runs';
  /** Loading waits for it. */
  static loading: Promise<void> | null = null;
  readonly url: string;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: { readonly message: string; preventDefault(): void }) => void) | null = null;
  /** Whether its thread is gone. */
  ended = false;
  #hangs = false;
  readonly #scope: CaptureScope = {
    onmessage: null,
    onmessageerror: null,
    postMessage: (message: CaptureWorkerMessage, transfer: Transferable[] = []) => {
      const data: unknown = structuredClone(message, { transfer });
      if (!this.ended && !this.#hangs) this.onmessage?.({ data });
    },
    close: () => {
      this.ended = true;
    },
  };

  constructor(url: string) {
    this.url = url;
    FakeWorker.made.push(this);
    if (FakeWorker.fate === 'throws') throw new DOMException('refused by policy', 'SecurityError');
    void this.#load();
  }

  async #load(): Promise<void> {
    await FakeWorker.loading;
    if (FakeWorker.fate === 'runs') serveCapture(this.#scope);
    else if (FakeWorker.fate === 'fails') this.throw('');
  }

  postMessage(data: CaptureWorkerCommand): void {
    if (!this.ended && !this.#hangs) this.#scope.onmessage?.({ data });
  }

  /** What an exception of the worker leads to. */
  throw(message: string): void {
    this.onerror?.({ message, preventDefault: () => {} });
  }

  /** Neither hears nor says anything from now on. */
  hang(): void {
    this.#hangs = true;
  }

  terminate(): void {
    this.ended = true;
  }
}
