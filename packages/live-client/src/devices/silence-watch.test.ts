import { describe, expect, it } from 'vitest';
import { RecoveryBudget } from './recovery-budget.ts';
import { SilenceWatch } from './silence-watch.ts';

const feed = (watch: SilenceWatch, level: number, frames: number) =>
  Array.from({ length: frames }, () => watch.next(level)).filter(Boolean).length;

describe('SilenceWatch', () => {
  it('calls 3 s of zeros silence, once, and ends it with the first sound', () => {
    const watch = new SilenceWatch();
    expect(feed(watch, 0, 149)).toBe(0);
    expect(watch.isSilent).toBe(false);
    expect(feed(watch, 0, 500)).toBe(1);
    expect(watch.isSilent).toBe(true);
    expect(feed(watch, 0.001, 1)).toBe(1);
    expect(watch.isSilent).toBe(false);
  });

  it('does not take the noise of a quiet room for silence', () => {
    const watch = new SilenceWatch();
    expect(feed(watch, 0.0003, 10_000)).toBe(0);
  });
});

describe('RecoveryBudget', () => {
  it('allows three in a minute', () => {
    const budget = new RecoveryBudget();
    expect([0, 1_000, 2_000, 3_000, 59_999].map((ms) => budget.take(ms))).toEqual([true, true, true, false, false]);
    expect(budget.take(60_000)).toBe(true);
    expect(budget.take(60_001)).toBe(false);
  });
});
