import { describe, expect, it } from 'vitest';
import { decibels, fitSine, sine } from '../../test/tones.ts';
import { CAPTURE_FRAME_LENGTH, CapturePipeline, type PipelineFrame } from './capture-pipeline.ts';

function run(inputRate: number, channels: readonly Float32Array[], block = 128) {
  const frames: PipelineFrame[] = [];
  const pipeline = new CapturePipeline({ inputRate, emit: (frame) => frames.push(frame) });
  const length = channels[0]?.length ?? 0;
  for (let at = 0; at < length; at += block) pipeline.push(channels.map((one) => one.subarray(at, at + block)));
  return frames;
}

const joined = (frames: readonly PipelineFrame[]) =>
  Float32Array.from(frames.flatMap((frame) => [...frame.samples].map((sample) => sample / 32_768)));

describe('CapturePipeline', () => {
  it.each([8_000, 16_000, 44_100, 48_000, 96_000])('makes 50 frames of 320 samples from a second at %i Hz', (rate) => {
    const frames = run(rate, [sine(440, rate, rate)]);
    expect(frames.length).toBe(50);
    expect(frames.every((frame) => frame.samples.length === CAPTURE_FRAME_LENGTH)).toBe(true);
    expect(frames.map((frame) => frame.mediaTime)).toEqual(frames.map((_, index) => index * 320));
    const { signal, rest } = fitSine(joined(frames).subarray(320), 440, 16_000);
    expect(decibels(signal, rest)).toBeGreaterThan(75);
  });

  it('gives every frame a buffer of its own', () => {
    const frames = run(48_000, [sine(440, 48_000, 4_800)]);
    expect(new Set(frames.map((frame) => frame.samples.buffer)).size).toBe(frames.length);
  });

  it('averages channels', () => {
    const left = sine(440, 16_000, 1_600, 0.5);
    expect(joined(run(16_000, [left, left.map((value) => -value)])).every((value) => value === 0)).toBe(true);
    expect(joined(run(16_000, [left, left]))).toEqual(joined(run(16_000, [left])));
  });

  it('clamps a signal above full scale', () => {
    const frames = run(16_000, [sine(440, 16_000, 3_200, 3)]);
    const all = frames.flatMap((frame) => [...frame.samples]);
    expect(Math.max(...all)).toBe(32_767);
    expect(Math.min(...all)).toBe(-32_768);
  });

  it('measures level and voice', () => {
    const silence = new Float32Array(16_000);
    const quiet = run(16_000, [silence]);
    expect(quiet.every((frame) => frame.level === 0 && !frame.voice)).toBe(true);
    const loud = run(16_000, [sine(500, 16_000, 16_000, 0.5)]);
    expect(loud[10]?.level).toBeCloseTo(0.5 / Math.SQRT2, 3);
    expect(loud[10]?.voice).toBe(true);
  });

  it('waits while the source gives no channels', () => {
    const frames: PipelineFrame[] = [];
    const pipeline = new CapturePipeline({ inputRate: 16_000, emit: (frame) => frames.push(frame) });
    for (let turn = 0; turn < 100; turn++) pipeline.push([]);
    expect(frames).toEqual([]);
  });
});
