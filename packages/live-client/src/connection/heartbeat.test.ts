import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function heartbeat(options: { intervalMs?: number } = {}) {
  const sendPing = vi.fn();
  const onTimeout = vi.fn();
  const subject = new Heartbeat({ intervalMs: 10_000, timeoutMs: 8000, sendPing, onTimeout, ...options });
  return { subject, sendPing, onTimeout };
}

describe('Heartbeat', () => {
  it('pings a connection that was quiet for the interval', () => {
    const { subject, sendPing } = heartbeat();
    subject.start();
    vi.advanceTimersByTime(9999);
    expect(sendPing).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(sendPing).toHaveBeenCalledTimes(1);
  });

  it('does not ping while messages come', () => {
    const { subject, sendPing } = heartbeat();
    subject.start();
    for (let i = 0; i < 20; i += 1) {
      vi.advanceTimersByTime(5000);
      subject.heard();
    }
    expect(sendPing).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(sendPing).toHaveBeenCalledTimes(1);
  });

  it('reports silence after a ping once, and then rests', () => {
    const { subject, onTimeout } = heartbeat();
    subject.start();
    vi.advanceTimersByTime(18_000);
    expect(onTimeout).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes any message as the answer', () => {
    const { subject, sendPing, onTimeout } = heartbeat();
    subject.start();
    vi.advanceTimersByTime(12_000);
    subject.heard();
    vi.advanceTimersByTime(16_000);
    expect(onTimeout).not.toHaveBeenCalled();
    expect(sendPing).toHaveBeenCalledTimes(2);
  });

  it('asks again instead of judging when its own timer was held back', () => {
    const { subject, sendPing, onTimeout } = heartbeat();
    subject.start();
    vi.advanceTimersByTime(10_000);
    // The page slept: the clock went on and no timer ran.
    const asleepUntil = performance.now() + 60_000;
    vi.spyOn(performance, 'now').mockReturnValue(asleepUntil);
    vi.advanceTimersByTime(8000);
    expect(onTimeout).not.toHaveBeenCalled();
    expect(sendPing).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });

  it('asks at once when probed, and never when it is off', () => {
    const { subject, sendPing } = heartbeat();
    subject.probe();
    expect(sendPing).not.toHaveBeenCalled();
    subject.start();
    subject.probe();
    expect(sendPing).toHaveBeenCalledTimes(1);

    const off = heartbeat({ intervalMs: 0 });
    off.subject.start();
    off.subject.probe();
    vi.advanceTimersByTime(60_000);
    expect(off.sendPing).not.toHaveBeenCalled();
  });
});
