import { expect, it } from 'vitest';
import { RateConverter } from './rate-converter.ts';

const ramp = (count: number) => Int16Array.from({ length: count }, (_, index) => index * 10);

it.each([
  [48_000, 16_000],
  [44_100, 16_000],
  [8_000, 16_000],
  [24_000, 16_000],
])('turns a second at %i Hz into a second at %i Hz, however it is cut into chunks', (from, to) => {
  const samples = ramp(from > 30_000 ? 3_000 : 1_000);
  const whole = new RateConverter(from, to).push(samples);
  const pieces = new RateConverter(from, to);
  const joined: number[] = [];
  for (let at = 0; at < samples.length; at += 77) joined.push(...pieces.push(samples.subarray(at, at + 77)));
  expect(Math.abs(whole.length - (samples.length * to) / from)).toBeLessThanOrEqual(1);
  expect(Math.abs(joined.length - whole.length)).toBeLessThanOrEqual(1);
  const length = Math.min(joined.length, whole.length);
  for (let index = 0; index < length; index += 1) {
    expect(Math.abs((joined[index] ?? 0) - (whole[index] ?? 0))).toBeLessThanOrEqual(1);
  }
});

it('keeps loudness', () => {
  const loud = new RateConverter(48_000, 16_000).push(new Int16Array(300).fill(12_345));
  expect([...new Set(loud)]).toEqual([12_345]);
});
