import { describe, expect, it } from 'vitest';
import { LevelControl } from './level-control.ts';

const FRAMES_PER_SECOND = 50;

/** The gain in dB after each second of speech at one level. */
function gains(levelDb: number, seconds: number, control = new LevelControl()): readonly number[] {
  return Array.from({ length: seconds }, () => {
    for (let frame = 0; frame < FRAMES_PER_SECOND; frame += 1) control.observe(levelDb);
    return 20 * Math.log10(control.gain);
  });
}

describe('the loudness of a voice', () => {
  it.each([-17.5, -20, -22.5])('LEV1 is left alone within 3 dB of -20 dBFS (%d)', (levelDb) => {
    expect(gains(levelDb, 5)).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    [-29, 6],
    [-12, -5],
  ])('LEV1 at %d dBFS is brought to within 3 dB of it, by %d dB', (levelDb, gainDb) => {
    expect(gains(levelDb, 10).at(-1)).toBeCloseTo(gainDb, 5);
  });

  it('LEV1 rises 3 dB in a second, and falls 12', () => {
    expect(gains(-60, 2)[0]).toBeCloseTo(3, 5);
    expect(gains(-60, 2)[1]).toBeCloseTo(6, 5);
    expect(gains(0, 1)[0]).toBeCloseTo(-12, 5);
  });

  it('LEV1 is never changed by more than +18 and -12 dB', () => {
    expect(gains(-70, 30).at(-1)).toBeCloseTo(18, 5);
    expect(gains(0, 30).at(-1)).toBeCloseTo(-12, 5);
  });

  it('LEV1 follows a voice that becomes louder', () => {
    const control = new LevelControl();
    expect(gains(-35, 10, control).at(-1)).toBeCloseTo(12, 5);
    expect(gains(-20, 10, control).at(-1)).toBeLessThan(1);
  });
});
