import { describe, expect, it } from 'vitest';
import { FakeAudioData, type SampleLayout } from '../../test/fake-track-sound.ts';
import { decibels, fitSine, sine } from '../../test/tones.ts';
import { CapturePipeline, type PipelineFrame } from './capture-pipeline.ts';
import { TrackFrames } from './track-frames.ts';

const MOST_PIECES = 100;

function setUp() {
  const frames: PipelineFrame[] = [];
  const taker = new TrackFrames({ mostPieces: MOST_PIECES, emit: (frame) => frames.push(frame) }, 0);
  return { frames, taker, times: () => frames.map(({ mediaTime }) => mediaTime / 320) };
}

const joined = (frames: readonly PipelineFrame[]) =>
  Float32Array.from(frames.flatMap(({ samples }) => [...samples].map((sample) => sample / 32_768)));

/** A second of a tone in pieces of 10 ms, taken as they come. */
function takeSecond(
  taker: TrackFrames,
  sampleRate: number,
  { fromMs = 0, layout = 'f32-planar' as SampleLayout, channels = 1 } = {},
) {
  const tone = sine(440, sampleRate, sampleRate);
  const length = sampleRate / 100;
  for (let n = 0; n < 100; n++) {
    const piece = tone.subarray(n * length, (n + 1) * length);
    const atMs = fromMs + n * 10;
    taker.take(new FakeAudioData(new Array(channels).fill(piece), { layout, sampleRate, atMs }), atMs + 10);
  }
}

describe('TrackFrames', () => {
  it.each(['f32-planar', 'f32', 's16', 's16-planar'] as const)('takes %s of two channels at 44.1 kHz', (layout) => {
    const { frames, taker, times } = setUp();
    takeSecond(taker, 44_100, { layout, channels: 2 });
    expect(times()).toEqual(Array.from({ length: 50 }, (_, n) => n));
    const { signal, rest } = fitSine(joined(frames).subarray(320), 440, 16_000);
    expect(decibels(signal, rest)).toBeGreaterThan(70);
  });

  it('makes the frames that an audio worklet makes of the same sound', () => {
    const { frames, taker } = setUp();
    const inWorklet: PipelineFrame[] = [];
    const pipeline = new CapturePipeline({ inputRate: 48_000, emit: (frame) => inWorklet.push(frame) });
    const tone = sine(440, 48_000, 48_000);
    for (let at = 0; at < tone.length; at += 128) pipeline.push([tone.subarray(at, at + 128)]);
    takeSecond(taker, 48_000);
    expect(frames).toEqual(inWorklet);
  });

  it('averages channels, and follows their number', () => {
    const { frames, taker } = setUp();
    const left = sine(440, 48_000, 960, 0.5);
    const right = left.map((value) => -value);
    for (let n = 0; n < 5; n++) taker.take(new FakeAudioData([left, right], { layout: 'f32', atMs: n * 20 }), n * 20);
    expect(joined(frames).every((value) => value === 0)).toBe(true);
    for (let n = 5; n < 10; n++) taker.take(new FakeAudioData([left], { atMs: n * 20 }), n * 20);
    expect(frames.at(-1)?.level).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it('follows the rate of the track, and time goes on', () => {
    const { frames, taker, times } = setUp();
    takeSecond(taker, 48_000);
    takeSecond(taker, 16_000, { fromMs: 1_000 });
    takeSecond(taker, 8_000, { fromMs: 2_000 });
    expect(times()).toEqual(Array.from({ length: frames.length }, (_, n) => n));
    // What was in the filters at a change is all that can be missing.
    expect(frames.length).toBeGreaterThanOrEqual(149);
    for (const second of [10, 60, 110]) {
      const { signal, rest } = fitSine(joined(frames.slice(second, second + 35)), 440, 16_000);
      expect(decibels(signal, rest)).toBeGreaterThan(70);
    }
  });

  it('closes every piece, also one that cannot be read', () => {
    const { taker } = setUp();
    const pieces = [
      new FakeAudioData([new Float32Array(480)]),
      new FakeAudioData([new Float32Array(480)], { sampleRate: 1 }),
    ];
    taker.take(pieces[0] as FakeAudioData, 0);
    expect(() => taker.take(pieces[1] as FakeAudioData, 10)).toThrow(RangeError);
    expect(pieces.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  it('leaves a hole of the length of what was thrown away while nobody read', () => {
    const { taker, times } = setUp();
    takeSecond(taker, 48_000);
    // Nobody reads for 1.4 s; a second of that is still there.
    for (let n = 0; n < MOST_PIECES; n++) {
      taker.take(new FakeAudioData([new Float32Array(480)], { atMs: 1_400 + n * 10 }), 2_400);
    }
    expect(times()).toEqual([
      ...Array.from({ length: 50 }, (_, n) => n),
      ...Array.from({ length: 50 }, (_, n) => 70 + n),
    ]);
  });

  it('takes no trembling of timestamps for a loss, nor a late reader who has lost nothing', () => {
    const { taker, times } = setUp();
    for (let n = 0; n < 200; n++) {
      taker.take(new FakeAudioData([new Float32Array(480)], { atMs: n * 10 + (n % 7 === 0 ? 80 : 0) }), n * 10 + 10);
    }
    for (let n = 200; n < 300; n++) taker.take(new FakeAudioData([new Float32Array(480)], { atMs: n * 10 }), 3_000);
    expect(times()).toEqual(Array.from({ length: 150 }, (_, n) => n));
  });

  it('never leaves a longer hole than the time for which nobody read', () => {
    const { taker, times } = setUp();
    takeSecond(taker, 48_000);
    for (let n = 0; n < 2; n++) taker.take(new FakeAudioData([new Float32Array(480)], { atMs: 1e9 + n * 10 }), 3_000);
    expect(times().at(-1)).toBe(50 + 100);
  });

  it('gives silence in real time when half a second has brought nothing, before the first piece and after it', () => {
    const { frames, taker, times } = setUp();
    for (let at = 100; at <= 1_000; at += 100) taker.look(at);
    expect(frames.length).toBe(50);
    takeSecond(taker, 48_000, { fromMs: 1_000 });
    for (let at = 2_100; at <= 2_400; at += 100) taker.look(at);
    expect(frames.length).toBe(100);
    for (let at = 2_500; at <= 3_000; at += 100) taker.look(at);
    takeSecond(taker, 48_000, { fromMs: 3_000 });
    expect(times()).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(frames.slice(101, 150).every(({ level }) => level === 0)).toBe(true);
    expect(frames.slice(151).every(({ level }) => level > 0.5)).toBe(true);
  });

  it('takes no late thread for a track that gives nothing, and makes up for no more than a second of sleep', () => {
    const { frames, taker } = setUp();
    takeSecond(taker, 48_000);
    for (let n = 0; n < 100; n++) {
      // Each time it comes late it looks first, and reads then.
      if (n % 10 === 0) taker.look(1_000 + n * 100);
      taker.take(new FakeAudioData([new Float32Array(480).fill(0.5)], { atMs: 1_000 + n * 10 }), 1_000 + n * 100);
    }
    expect(frames.length).toBe(100);
    for (let n = 0; n < 5; n++) taker.look(61_000);
    expect(frames.length).toBe(150);
  });

  it('begins with the first piece, however late that comes', () => {
    const { taker, times } = setUp();
    for (let n = 0; n < 4; n++) taker.take(new FakeAudioData([new Float32Array(480)], { atMs: 1e6 + n * 10 }), 2_000);
    expect(times()).toEqual([0, 1]);
  });
});
