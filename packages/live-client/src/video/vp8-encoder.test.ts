import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Vp8Encoder } from './vp8-encoder.ts';

type Output = (chunk: unknown) => void;

/** An encoder like that of Chromium, or, where a flush ends the stream, like that of Firefox. */
class FakeVideoEncoder {
  static flushEndsStream = false;
  /** Outputs that are held back until the test lets them go; `null`: none is. */
  static held: (() => void)[] | null = null;
  static flushes = 0;
  state = 'unconfigured';
  readonly #output: Output;
  #isFresh = true;
  #frames = 0;

  constructor({ output }: { output: Output }) {
    this.#output = output;
  }

  configure(): void {
    this.state = 'configured';
  }

  encode(_: unknown, { keyFrame }: { keyFrame: boolean }): void {
    const type = keyFrame || this.#isFresh ? 'key' : 'delta';
    const number = this.#frames++;
    this.#isFresh = false;
    const give = () => this.#output({ type, byteLength: 1, copyTo: (bytes: Uint8Array) => bytes.set([number]) });
    if (FakeVideoEncoder.held) FakeVideoEncoder.held.push(give);
    else queueMicrotask(give);
  }

  async flush(): Promise<void> {
    FakeVideoEncoder.flushes += 1;
    if (FakeVideoEncoder.flushEndsStream) this.#isFresh = true;
  }

  close(): void {
    this.state = 'closed';
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(FakeVideoEncoder, { flushEndsStream: false, held: null, flushes: 0 });
  vi.stubGlobal('VideoEncoder', FakeVideoEncoder);
  vi.stubGlobal(
    'VideoFrame',
    class {
      close(): void {}
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const canvas = { width: 320, height: 180 } as OffscreenCanvas;
const request = { timestamp: 0, isKey: false, bitsPerSecond: 200_000, framesPerSecond: 10 };

async function encode(encoder: Vp8Encoder, count: number): Promise<string[]> {
  const given: string[] = [];
  for (let n = 0; n < count; n++) {
    const picture = await encoder.encode(canvas, request);
    given.push(picture ? `${picture.bytes[0]} ${picture.isKey ? 'key' : 'delta'}` : 'none');
  }
  return given;
}

it('gives one key frame and then what builds on it, flushing after each where that ends nothing', async () => {
  expect(await encode(new Vp8Encoder(), 4)).toEqual(['0 key', '1 delta', '2 delta', '3 delta']);
  expect(FakeVideoEncoder.flushes).toBe(4);
});

it('flushes no more where a flush ends the stream, so that not every frame is a whole picture', async () => {
  FakeVideoEncoder.flushEndsStream = true;
  expect(await encode(new Vp8Encoder(), 6)).toEqual(['0 key', '1 key', '2 key', '3 delta', '4 delta', '5 delta']);
  expect(FakeVideoEncoder.flushes).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

it('goes on without a frame that is late, and loses none of the stream', async () => {
  FakeVideoEncoder.flushEndsStream = true;
  const encoder = new Vp8Encoder();
  await encode(encoder, 3);
  FakeVideoEncoder.held = [];
  const late = encode(encoder, 1);
  await vi.advanceTimersByTimeAsync(200);
  expect(await late).toEqual(['none']);
  for (const give of FakeVideoEncoder.held) give();
  FakeVideoEncoder.held = null;
  expect(await encode(encoder, 2)).toEqual(['3 delta', '4 delta']);
});
