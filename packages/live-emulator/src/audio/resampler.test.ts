import { describe, expect, it } from 'vitest';
import { concatSamples, levelDbfs } from './pcm16.ts';
import { Resampler, resample } from './resampler.ts';

function tone(hz: number, rate: number, seconds = 0.5): Int16Array {
  return Int16Array.from(
    { length: rate * seconds },
    (_, index) => 10_000 * Math.sin((2 * Math.PI * hz * index) / rate),
  );
}

/** Level of the difference below that of the signal, edges left out, in dB. */
function error(actual: Int16Array, expected: Int16Array): number {
  const [from, to] = [expected.length * 0.1, expected.length * 0.9];
  const difference = Int16Array.from(
    expected.subarray(from, to),
    (sample, index) => sample - (actual[from + index] ?? 0),
  );
  return levelDbfs(difference) - levelDbfs(expected);
}

describe('resampling', () => {
  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [24_000, 16_000],
    [16_000, 48_000],
    [22_050, 24_000],
    [11_025, 16_000],
  ])('from %d to %d Hz keeps a tone in its place', (fromRate, toRate) => {
    for (const hz of [200, 1_000, 3_500]) {
      expect(error(resample(tone(hz, fromRate), fromRate, toRate), tone(hz, toRate))).toBeLessThan(-50);
    }
  });

  it('takes out what the lower rate cannot hold', () => {
    const aliases = resample(tone(11_000, 48_000), 48_000, 16_000);
    expect(levelDbfs(aliases.subarray(1_000, 7_000))).toBeLessThan(-75);
  });

  it('leaves no trace of chunk borders', () => {
    const input = tone(440, 48_000);
    const resampler = new Resampler({ fromRate: 48_000, toRate: 16_000 });
    const parts: Int16Array[] = [];
    for (let start = 0, size = 1; start < input.length; start += size, size = (size * 7 + 3) % 1_001) {
      parts.push(resampler.push(input.slice(start, start + size)));
    }
    parts.push(resampler.flush());
    const whole = resample(input, 48_000, 16_000);
    expect(concatSamples(parts).subarray(0, whole.length)).toEqual(whole);
  });

  it('gives back the length it should', () => {
    expect(resample(new Int16Array(44_100), 44_100, 16_000)).toHaveLength(16_000);
    expect(resample(new Int16Array(0), 44_100, 16_000)).toHaveLength(0);
  });
});
