import { describe, expect, test, vi } from 'vitest';
import { AccessTokenCache } from './access-token.ts';

const minute = 60_000;

function cacheOf(lifetimeMs: number | null) {
  const source = {
    nowMs: 0,
    calls: 0,
    failing: false,
    failures: [] as unknown[],
    answers: [] as (() => void)[],
    held: false,
    forgotten: 0,
  };
  const cache = new AccessTokenCache({
    now: () => source.nowMs,
    onRefreshFailed: (error) => source.failures.push(error),
    onForgotten: () => {
      source.forgotten += 1;
    },
    async fetch() {
      source.calls += 1;
      const call = source.calls;
      if (source.held) await new Promise<void>((resolve) => source.answers.push(resolve));
      if (source.failing) throw new Error(`failure ${call}`);
      return { token: `token ${call}`, expiresAtMs: lifetimeMs === null ? null : source.nowMs + lifetimeMs };
    },
  });
  return { cache, source };
}

test('asks its source once for many who come together', async () => {
  const { cache, source } = cacheOf(60 * minute);
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => cache.get())))).toEqual(new Set(['token 1']));
  expect(source.calls).toBe(1);
});

test('keeps the token until five minutes before its end', async () => {
  const { cache, source } = cacheOf(60 * minute);
  await cache.get();
  source.nowMs = 54 * minute;
  expect(await cache.get()).toBe('token 1');
  expect(source.calls).toBe(1);
});

test('near its end it hands out the old token at once and fetches one new one in the background', async () => {
  const { cache, source } = cacheOf(60 * minute);
  await cache.get();
  source.nowMs = 56 * minute;
  source.held = true;
  expect(await Promise.all([cache.get(), cache.get()])).toEqual(['token 1', 'token 1']);
  expect(source.calls).toBe(2);
  source.held = false;
  source.answers[0]?.();
  await expect.poll(() => cache.get()).toBe('token 2');
  expect(source.calls).toBe(2);
});

test('does not hand out a token in its last minute', async () => {
  const { cache, source } = cacheOf(60 * minute);
  await cache.get();
  source.nowMs = 59 * minute + 1;
  expect(await cache.get()).toBe('token 2');
});

test('a refresh that fails while the old token works is reported, and tried again after a rest', async () => {
  const { cache, source } = cacheOf(60 * minute);
  await cache.get();
  source.nowMs = 56 * minute;
  source.failing = true;
  expect(await cache.get()).toBe('token 1');
  await expect.poll(() => source.failures).toHaveLength(1);
  expect(await cache.get()).toBe('token 1');
  expect(source.calls).toBe(2);
  source.nowMs += 5_000;
  source.failing = false;
  await expect.poll(() => cache.get()).toBe('token 3');
});

test('refreshes that fail again and again are tried after growing rests', async () => {
  const { cache, source } = cacheOf(60 * minute);
  await cache.get();
  source.nowMs = 55 * minute;
  source.failing = true;
  const triedAfterSeconds: number[] = [];
  for (let seconds = 0, calls = 1; seconds < 200; seconds += 1) {
    expect(await cache.get()).toBe('token 1');
    if (source.calls > calls) triedAfterSeconds.push(seconds);
    calls = source.calls;
    // The failure is known before the next second.
    await new Promise((resolve) => setImmediate(resolve));
    source.nowMs += 1_000;
  }
  expect(triedAfterSeconds).toEqual([0, 5, 15, 35, 75, 135, 195]);
});

test('a failure without a usable token is everybody’s for a moment, which grows, and then the source is asked again', async () => {
  const { cache, source } = cacheOf(60 * minute);
  source.failing = true;
  const triedAfterSeconds: number[] = [];
  for (let seconds = 0, calls = 0; seconds < 50; seconds += 0.5) {
    await Promise.all([1, 2].map(() => expect(cache.get()).rejects.toThrow(/^failure \d$/)));
    if (source.calls > calls) triedAfterSeconds.push(seconds);
    calls = source.calls;
    source.nowMs += 500;
  }
  expect(triedAfterSeconds).toEqual([0, 1, 3, 7, 15, 30, 45]);
  source.failing = false;
  source.nowMs += 15_000;
  expect(await cache.get()).toBe('token 8');
  // Who asked was told.
  expect(source.failures).toEqual([]);
});

test('a rest does not grow with a clock that is set back', async () => {
  const { cache, source } = cacheOf(60 * minute);
  source.nowMs = 60 * minute;
  source.failing = true;
  await expect(cache.get()).rejects.toThrow('failure 1');
  source.failing = false;
  source.nowMs = 0;
  expect(await cache.get()).toBe('token 2');
});

test('a source that does not tell the end is asked every time', async () => {
  const { cache, source } = cacheOf(null);
  expect([await cache.get(), await cache.get()]).toEqual(['token 1', 'token 2']);
  expect(source.calls).toBe(2);
});

test('gives up a source that does not answer within 30 s, and asks it anew', async () => {
  vi.useFakeTimers();
  try {
    const { cache, source } = cacheOf(60 * minute);
    source.held = true;
    const both = Promise.allSettled([cache.get(), cache.get()]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    source.held = false;
    source.nowMs += 1_000;
    expect(await cache.get()).toBe('token 2');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

describe('a token that is refused before its end', () => {
  test('is forgotten, once for all who held it, and its source is told', async () => {
    const { cache, source } = cacheOf(60 * minute);
    const token = await cache.get();
    source.nowMs = 10 * minute;
    expect([cache.refuse(token), cache.refuse(token)]).toEqual([true, true]);
    expect(source.forgotten).toBe(1);
    expect(await cache.get()).toBe('token 2');
    // Somebody who still had the old one takes the new one.
    expect(cache.refuse(token)).toBe(true);
    expect(await cache.get()).toBe('token 2');
  });

  test('is kept when it was fetched just now: another one would be refused as well', async () => {
    const { cache, source } = cacheOf(60 * minute);
    const token = await cache.get();
    source.nowMs = minute - 1;
    expect([cache.refuse(token), cache.refuse(null)]).toEqual([false, false]);
    expect(await cache.get()).toBe('token 1');
    source.nowMs = minute;
    expect(cache.refuse(null)).toBe(true);
    expect(await cache.get()).toBe('token 2');
  });
});
