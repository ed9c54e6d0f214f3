import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beforeAbort, Deadline } from './deadline.ts';

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
