import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveClientError } from '../errors.ts';
import { openWithRetry } from './device-retry.ts';

const busy = () => new LiveClientError('ERR_CAMERA_BUSY', 'busy', { retryable: true });
const signal = new AbortController().signal;
const fixed = { random: () => 0.5 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('openWithRetry', () => {
  it('opens at once when it can', async () => {
    expect(await openWithRetry(async () => 'open', signal)).toBe('open');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tries again with growing delays while the device is busy', async () => {
    const tries: number[] = [];
    const outcome = openWithRetry(
      async () => {
        tries.push(Date.now());
        if (tries.length < 4) throw busy();
        return 'open';
      },
      signal,
      fixed,
    );
    await vi.runAllTimersAsync();
    expect(await outcome).toBe('open');
    expect(tries.slice(1).map((at, index) => at - (tries[index] ?? 0))).toEqual([250, 500, 1_000]);
  });

  it('gives up with the last failure when the budget is spent', async () => {
    let tries = 0;
    const outcome = openWithRetry(
      async () => {
        tries += 1;
        throw busy();
      },
      signal,
      fixed,
    ).catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await outcome).toMatchObject({ code: 'ERR_CAMERA_BUSY' });
    expect(tries).toBe(4);
  });

  it('does not try again what a new try cannot help', async () => {
    let tries = 0;
    const outcome = openWithRetry(async () => {
      tries += 1;
      throw new LiveClientError('ERR_CAMERA_DENIED', 'denied');
    }, signal);
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_CAMERA_DENIED' });
    expect(tries).toBe(1);
  });

  it('stops waiting when it is aborted', async () => {
    const controller = new AbortController();
    const outcome = openWithRetry(
      async () => {
        throw busy();
      },
      controller.signal,
      fixed,
    ).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    controller.abort('enough');
    expect(await outcome).toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
