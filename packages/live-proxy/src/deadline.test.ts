import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beforeAbort, Deadline, inTime } from './deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('aborts with its error when time is up', () => {
  const error = new Error('late');
  const deadline = new Deadline({ timeoutMs: 10, error: () => error });
  vi.advanceTimersByTime(9);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.reason).toBe(error);
});

test('aborts with its parent, also one that was aborted before', () => {
  const parent = new AbortController();
  const before = new Deadline({ timeoutMs: 0, error: () => new Error('late'), signal: parent.signal });
  parent.abort('gone');
  const afterwards = new Deadline({ timeoutMs: 0, error: () => new Error('late'), signal: parent.signal });
  expect([before.signal.reason, afterwards.signal.reason]).toEqual(['gone', 'gone']);
});

test('leaves nothing behind when cleared, and never ends with a timeout of 0', () => {
  new Deadline({ timeoutMs: 10, error: () => new Error('late') }).clear();
  new Deadline({ timeoutMs: 0, error: () => new Error('late') });
  expect(vi.getTimerCount()).toBe(0);
});

test('nobody waits for work after the abort', async () => {
  const controller = new AbortController();
  const outcome = beforeAbort(new Promise(() => {}), controller.signal);
  controller.abort(new Error('gone'));
  await expect(outcome).rejects.toThrow('gone');
  await expect(beforeAbort(Promise.resolve(1), controller.signal)).rejects.toThrow('gone');
});

test('work that takes too long ends with the error, hears of it, and leaves no timer', async () => {
  let signal: AbortSignal | undefined;
  const outcome = inTime({ timeoutMs: 10, error: () => new Error('late') }, (given) => {
    signal = given;
    return new Promise(() => {});
  });
  const rejected = expect(outcome).rejects.toThrow('late');
  await vi.advanceTimersByTimeAsync(10);
  await rejected;
  expect(signal?.aborted).toBe(true);
  expect(await inTime({ timeoutMs: 10, error: () => new Error('late') }, () => 1)).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('work is not begun when its signal has aborted before', async () => {
  const work = vi.fn();
  const signal = AbortSignal.abort(new Error('gone'));
  await expect(inTime({ timeoutMs: 10, error: () => new Error('late'), signal }, work)).rejects.toThrow('gone');
  expect(work).not.toHaveBeenCalled();
});
