import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

const MONTH_MS = 30 * 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('waits longer than the timers of Node can', async () => {
  const task = vi.fn();
  systemClock.setTimer(MONTH_MS, task);
  await vi.advanceTimersByTimeAsync(MONTH_MS - 1);
  expect(task).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(task).toHaveBeenCalledTimes(1);
});

it('is still cancelled in the later part of a long wait', async () => {
  const task = vi.fn();
  const timer = systemClock.setTimer(MONTH_MS, task);
  await vi.advanceTimersByTimeAsync(MONTH_MS - 1_000);
  timer.cancel();
  await vi.advanceTimersByTimeAsync(MONTH_MS);
  expect(task).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
