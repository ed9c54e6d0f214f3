import { describe, expect, it } from 'vitest';
import { failuresAfter, reconnectDelayMs } from './reconnect-policy.ts';

describe('reconnect policy', () => {
  it('waits 0, 300, 1200, 2700, 4800 and then 7000 ms again and again', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => reconnectDelayMs(failures, 0));
    expect(delays).toEqual([0, 300, 1200, 2700, 4800, 7000, 7000, 7000]);
  });

  it('adds up to a second from the third dial on', () => {
    expect([0, 1, 2, 9].map((failures) => reconnectDelayMs(failures, 0.999))).toEqual([0, 300, 2199, 7999]);
  });

  it('forgets failures only after five seconds of uptime', () => {
    expect(failuresAfter(4, 4999)).toBe(4);
    expect(failuresAfter(4, 5000)).toBe(0);
  });
});
