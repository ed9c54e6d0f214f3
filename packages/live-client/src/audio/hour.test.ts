import { describe, expect, it } from 'vitest';
import { sine, sine16 } from '../../test/tones.ts';
import { CapturePipeline } from './capture-pipeline.ts';
import { PlaybackEngine } from './playback-engine.ts';

/** Without a change of rate, which has an hour of its own in resampler.test.ts: it would take half a minute of work. */
const HOUR_SECONDS = 3_600;

describe('an hour of media time', () => {
  it('of a microphone, in blocks of odd sizes, gives every frame once and in its place', () => {
    let frames = 0;
    let wrong = 0;
    const pipeline = new CapturePipeline({
      inputRate: 16_000,
      emit: ({ mediaTime, level }) => {
        if (mediaTime !== 320 * frames || (frames > 1 && Math.abs(level - 0.8 / Math.SQRT2) > 0.03)) wrong += 1;
        frames += 1;
      },
    });
    const second = sine(441, 16_000, 16_000);
    // Each block goes on where the one before ended: 441 periods are a second.
    const lengths = [127, 1_031, 3, 2_048, 641];
    for (let taken = 0, turn = 0; taken < 16_000 * HOUR_SECONDS; turn++) {
      const from = taken % 16_000;
      const length = Math.min(lengths[turn % lengths.length] ?? 128, 16_000 - from);
      pipeline.push([second.subarray(from, from + length)]);
      taken += length;
    }
    expect(wrong).toBe(0);
    expect(frames).toBe(50 * HOUR_SECONDS);
  }, 60_000);

  it('of a voice plays every sample, and holds no more at the end than at the beginning', () => {
    const engine = new PlaybackEngine({ sourceRate: 8_000, contextRate: 8_000, live: false });
    const chunk = sine16(400, 8_000, 320);
    const quantum = new Float32Array(128);
    let rendered = 0;
    let pushed = 0;
    let deepest = 0;
    while (pushed < 8_000 * HOUR_SECONDS) {
      const nowMs = (rendered / 8_000) * 1_000;
      // 40 ms of audio each 40 ms, up to 60 ms late.
      const dueMs = (pushed / 8_000) * 1_000 + ((pushed / 320) % 4) * 20;
      if (nowMs >= dueMs) {
        engine.push(chunk, 1, nowMs);
        pushed += 320;
        continue;
      }
      engine.render(quantum);
      rendered += 128;
      if (rendered % 1_280_000 === 0) deepest = Math.max(deepest, engine.statistics().queuedMs);
    }
    engine.end();
    for (let rest = 0; rest < 1_000; rest++) engine.render(quantum);
    expect(engine.statistics()).toMatchObject({
      receivedSamples: 8_000 * HOUR_SECONDS,
      playedSamples: 8_000 * HOUR_SECONDS,
      droppedSamples: 0,
      underruns: 0,
      queuedMs: 0,
      heardMs: HOUR_SECONDS * 1_000,
    });
    expect(deepest).toBeLessThan(250);
  }, 60_000);
});
