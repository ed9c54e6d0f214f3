import { describe, expect, it } from 'vitest';
import { formatDuration, isDuration, parseDuration } from './duration.ts';

describe('durations', () => {
  it.each([
    ['50s', 50_000],
    ['0s', 0],
    ['1.880s', 1_880],
    ['9.5s', 9_500],
    ['0.000000001s', 0.000_001],
    ['-1.5s', -1_500],
  ])('%s is %d ms', (text, ms) => {
    expect(isDuration(text)).toBe(true);
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 's', '5 s', '5ms', '.5s', '5.s', '1e3s', '1.0000000001s', '+5s', '5s\n', 'Infinitys'])(
    '%j is none',
    (text) => {
      expect(isDuration(text)).toBe(false);
      expect(() => parseDuration(text)).toThrow(SyntaxError);
    },
  );

  it.each([
    [50_000, '50s'],
    [0, '0s'],
    [-0, '0s'],
    [1_880, '1.880s'],
    [5_000.4, '5s'],
    [0.6, '0.001s'],
    [-1_500, '-1.500s'],
  ])('%d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d ms cannot be written', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError);
  });
});
