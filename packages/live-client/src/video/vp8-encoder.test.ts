import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Vp8Encoder } from './vp8-encoder.ts';

type Output = (chunk: unknown) => void;

/** An encoder like that of Chromium, or, where a flush ends the stream, like that of Firefox. */
class FakeVideoEncoder {
  static flushEndsStream = false;
  /** Outputs that are held back until the test lets them go; `null`: none is. */
  static held: (() => void)[] | null = null;
  static flushes = 0;
  static encoded = 0;
  /** Whether a flush never ends. */
  static hangs = false;
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

  get encodeQueueSize(): number {
    return FakeVideoEncoder.held?.length ?? 0;
  }

  encode({ timestamp }: { timestamp: number }, { keyFrame }: { keyFrame: boolean }): void {
    const type = keyFrame || this.#isFresh ? 'key' : 'delta';
    const number = this.#frames++;
    FakeVideoEncoder.encoded += 1;
    this.#isFresh = false;
    const copyTo = (bytes: Uint8Array) => bytes.set([number]);
    const give = () => this.#output({ type, timestamp, byteLength: 1, copyTo });
    if (FakeVideoEncoder.held) FakeVideoEncoder.held.push(give);
    else queueMicrotask(give);
  }

  async flush(): Promise<void> {
    FakeVideoEncoder.flushes += 1;
    if (FakeVideoEncoder.flushEndsStream) this.#isFresh = true;
    if (FakeVideoEncoder.hangs) await new Promise(() => {});
    for (const give of FakeVideoEncoder.held?.splice(0) ?? []) give();
  }

  close(): void {
    this.state = 'closed';
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(FakeVideoEncoder, { flushEndsStream: false, held: null, flushes: 0, encoded: 0, hangs: false });
  vi.stubGlobal('VideoEncoder', FakeVideoEncoder);
  vi.stubGlobal(
    'VideoFrame',
    class {
      readonly timestamp: number;
      constructor(_: unknown, { timestamp }: { timestamp: number }) {
        this.timestamp = timestamp;
      }
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

it('catches up after a frame that was late, and loses none of the stream', async () => {
  FakeVideoEncoder.flushEndsStream = true;
  const encoder = new Vp8Encoder();
  await encode(encoder, 3);
  for (let stall = 0; stall < 3; stall++) {
    FakeVideoEncoder.held = [];
    const late = encode(encoder, 2);
    await vi.advanceTimersByTimeAsync(400);
    expect(await late).toEqual(['none', 'none']);
    for (const give of FakeVideoEncoder.held) give();
    FakeVideoEncoder.held = null;
    const first = 3 + stall * 3;
    const given = await encode(encoder, 3);
    expect(given).toEqual([`${first} delta`, `${first + 1} delta`, `${first + 2} delta`]);
    // The last one is of this very call: nothing waits any more.
    expect(FakeVideoEncoder.encoded).toBe(first + 3);
  }
});

it('puts no more frames into an encoder that stands still', async () => {
  FakeVideoEncoder.flushEndsStream = true;
  const encoder = new Vp8Encoder();
  await encode(encoder, 3);
  FakeVideoEncoder.held = [];
  const late = encode(encoder, 10);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await late).toEqual(new Array(10).fill('none'));
  expect(FakeVideoEncoder.held.length).toBe(3);
});

it('says that a picture is of an earlier frame', async () => {
  FakeVideoEncoder.flushEndsStream = true;
  const encoder = new Vp8Encoder();
  await encode(encoder, 3);
  FakeVideoEncoder.held = [];
  const none = encoder.encode(canvas, { ...request, timestamp: 100_000 });
  await vi.advanceTimersByTimeAsync(200);
  expect(await none).toBeNull();
  for (const give of FakeVideoEncoder.held) give();
  FakeVideoEncoder.held = null;
  expect(await encoder.encode(canvas, { ...request, timestamp: 300_000, isKey: true })).toMatchObject({
    isKey: false,
    isLate: true,
  });
  expect(await encoder.encode(canvas, { ...request, timestamp: 400_000, isKey: true })).toMatchObject({
    isKey: true,
    isLate: false,
  });
});

it('fails when the encoder does not answer a flush, as it does when it breaks, and leaves no timer', async () => {
  FakeVideoEncoder.hangs = true;
  const told = new Vp8Encoder().encode(canvas, request).then(
    () => 'given',
    (error: Error) => error.message,
  );
  await vi.advanceTimersByTimeAsync(2_999);
  expect(await Promise.race([told, 'waiting'])).toBe('waiting');
  await vi.advanceTimersByTimeAsync(1);
  expect(await Promise.race([told, 'waiting'])).toBe('The encoder did not answer within 3 s.');
  expect(vi.getTimerCount()).toBe(0);
});

describe('where it is not flushed after each frame, and gives nothing for 3 s', () => {
  /** An encoder of Firefox that has been given frames for so long, and told nothing. */
  async function still(ms: number) {
    FakeVideoEncoder.flushEndsStream = true;
    const encoder = new Vp8Encoder();
    await encode(encoder, 3);
    FakeVideoEncoder.held = [];
    FakeVideoEncoder.flushes = 0;
    for (let at = 1_000; at < 1_000 + ms; at += 200) {
      const none = encoder.encode(canvas, { ...request, timestamp: at * 1_000 });
      await vi.advanceTimersByTimeAsync(200);
      expect(await none).toBeNull();
    }
    expect(FakeVideoEncoder.flushes).toBe(0);
    return (timestamp = (1_000 + ms) * 1_000) => encoder.encode(canvas, { ...request, timestamp });
  }

  it('has failed when it does not answer a flush either', async () => {
    const next = await still(3_000);
    FakeVideoEncoder.hangs = true;
    const told = next().then(
      () => 'given',
      (error: Error) => error.message,
    );
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await Promise.race([told, 'waiting'])).toBe('The encoder did not answer within 3 s.');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on with what it kept back when it answers', async () => {
    const next = await still(3_000);
    expect(await next()).toMatchObject({ isLate: true });
    FakeVideoEncoder.held = null;
    for (let at = 4_200; at < 8_000; at += 200) expect(await next(at * 1_000)).not.toBeNull();
    expect(FakeVideoEncoder.flushes).toBe(1);
  });

  it('is asked no oftener than every 3 s when it leaves out all of them', async () => {
    const next = await still(3_000);
    for (let at = 4_000; at < 7_000; at += 200) {
      FakeVideoEncoder.held = [];
      const none = next(at * 1_000);
      await vi.advanceTimersByTimeAsync(200);
      expect(await none).toBeNull();
    }
    expect(FakeVideoEncoder.flushes).toBe(1);
  });
});
