import { describe, expect, it } from 'vitest';
import { AudioRecording } from './audio-recording.ts';

describe('AudioRecording', () => {
  it('keeps audio in order and tells when it arrived', () => {
    const recording = new AudioRecording({ mostSeconds: 10 });
    for (let chunk = 0; chunk < 50; chunk += 1) {
      recording.add(new Int16Array(320).fill(chunk), 16_000, 1_000 + chunk * 20);
    }
    const { samples, sampleRate } = recording.audio();
    expect([samples.length, sampleRate, samples[0], samples.at(-1)]).toEqual([16_000, 16_000, 0, 49]);
    expect(recording.timeline()).toMatchObject({ startedAtMs: 1_000, lastAtMs: 1_980, bucketMs: 250 });
    const { audioMsPerBucket } = recording.timeline();
    expect(audioMsPerBucket.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(1_000, 6);
    for (const ms of audioMsPerBucket) expect(ms).toBeGreaterThanOrEqual(240);
  });

  it('keeps the order over many chunks', () => {
    const recording = new AudioRecording({ mostSeconds: 100 });
    for (let chunk = 0; chunk < 1_234; chunk += 1) recording.add(new Int16Array([chunk]), 16_000, chunk);
    expect([...recording.audio().samples]).toEqual(Array.from({ length: 1_234 }, (_, chunk) => chunk));
  });

  it('shows gaps and bursts in its timeline', () => {
    const recording = new AudioRecording({ mostSeconds: 10 });
    recording.add(new Int16Array(16_000), 16_000, 0);
    recording.add(new Int16Array(1_600), 16_000, 1_000);
    expect(recording.timeline().audioMsPerBucket).toEqual([1_000, 0, 0, 0, 100]);
  });

  it('stops keeping when it is full, and counts on', () => {
    const recording = new AudioRecording({ mostSeconds: 1 });
    for (let chunk = 0; chunk < 10; chunk += 1) recording.add(new Int16Array(4_000), 16_000, chunk);
    expect(recording.audio().samples).toHaveLength(16_000);
    expect(recording.keptBytes).toBe(32_000);
    expect([recording.seconds, recording.chunks]).toEqual([2.5, 10]);
    recording.forgetAudio();
    expect(recording.audio().samples).toHaveLength(0);
    expect(recording.seconds).toBe(2.5);
  });
});
