import { describe, expect, it } from 'vitest';
import { amplitudeAt, sine } from '../testing/signals.ts';
import { Limiter } from './limiter.ts';
import { Mixer } from './mixer.ts';

/** Mixes whole signals frame by frame. */
function mix(...voices: readonly Int16Array[]): Int16Array {
  const mixer = new Mixer();
  const length = voices[0]?.length ?? 0;
  const mixed = new Int16Array(length);
  for (let at = 0; at < length; at += 320) {
    for (const voice of voices) mixer.add(voice.subarray(at, at + 320));
    mixed.set(mixer.finish(), at);
  }
  return mixed;
}
const peak = (signal: Int16Array) => signal.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const MINUS_1_DBFS = 29_203;

describe('mixer', () => {
  it('MIX1 leaves one quiet voice as it is, sample by sample', () => {
    const voice = sine({ frequency: 440, samples: 3200 });
    expect(mix(voice)).toEqual(voice);
  });

  it('MIX1 has both voices at their loudness in an overlap', () => {
    const mixed = mix(
      sine({ frequency: 400, samples: 16_000 }),
      sine({ frequency: 1000, samples: 16_000, amplitude: 5000 }),
    );
    expect(amplitudeAt(mixed, 400)).toBeCloseTo(8000, -1);
    expect(amplitudeAt(mixed, 1000)).toBeCloseTo(5000, -1);
    expect(amplitudeAt(mixed, 700)).toBeLessThan(20);
  });

  it('MIX1 gives silence when nobody was added', () => {
    expect(peak(mix(new Int16Array(320)))).toBe(0);
    expect(peak(new Mixer().finish())).toBe(0);
  });

  it('MIX2 never wraps and never passes -1 dBFS, however many shout at once', () => {
    const shout = Int16Array.from({ length: 16_000 }, (_, index) => (index % 40 < 20 ? 32_767 : -32_768));
    const mixed = mix(...Array.from({ length: 20 }, () => shout));
    expect(peak(mixed)).toBeLessThanOrEqual(MINUS_1_DBFS);
    expect(peak(mixed)).toBeGreaterThan(MINUS_1_DBFS - 300);
    // A wrapped sum would have the other sign somewhere.
    expect(mixed.every((sample, index) => Math.sign(sample) === Math.sign(shout[index] ?? 0))).toBe(true);
  });

  it('MIX2 keeps the shape of the wave instead of clipping it', () => {
    const loud = sine({ frequency: 500, samples: 16_000, amplitude: 30_000 });
    const mixed = mix(loud, loud).subarray(3200);
    const fundamental = amplitudeAt(mixed, 500);
    expect(fundamental).toBeGreaterThan(27_000);
    // Hard clipping of twice the range puts a tenth of the amplitude and more into the third harmonic.
    expect(amplitudeAt(mixed, 1500) / fundamental).toBeLessThan(0.01);
  });

  it('MIX3 lowers the gain at once and gives it back within some 300 ms', () => {
    const limiter = new Limiter();
    const out = new Int16Array(320);
    const frame = (amplitude: number) =>
      Int32Array.from(sine({ frequency: 500, samples: 320, amplitude: 1000 }), (s) => s * amplitude);
    limiter.process(frame(80), out);
    expect(peak(out)).toBeLessThanOrEqual(limiter.threshold);
    expect(limiter.gain).toBeLessThan(0.4);
    const gains = Array.from({ length: 15 }, () => {
      limiter.process(frame(1), out);
      return limiter.gain;
    });
    expect(gains).toEqual(gains.toSorted((a, b) => a - b));
    expect(gains[3]).toBeLessThan(0.8);
    expect(gains[14]).toBeGreaterThan(0.95);
  });
});
