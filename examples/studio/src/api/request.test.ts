import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { request } from './request.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** What `fetch` does: nothing, until it is told to stop. */
function silentUntil(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}

it('gives up on a server that takes a request and says nothing for 30 seconds', async () => {
  vi.stubGlobal('fetch', (_path: string, { signal }: RequestInit) => silentUntil(signal));
  const failed = expect(request('/api/session')).rejects.toMatchObject({
    name: 'ApiError',
    status: 0,
    code: 'TIMED_OUT',
    message: 'The server did not answer within 30 seconds. Try again.',
  });
  await vi.advanceTimersByTimeAsync(30_000);
  await failed;
});

it('gives up on a server that stops in the middle of its answer', async () => {
  vi.stubGlobal('fetch', async (_path: string, { signal }: RequestInit) => ({
    ok: true,
    status: 200,
    text: () => silentUntil(signal),
  }));
  const failed = expect(request('/api/session')).rejects.toMatchObject({ code: 'TIMED_OUT' });
  await vi.advanceTimersByTimeAsync(30_000);
  await failed;
});

it('ends at once, with the reason of whoever asked, when the answer is not wanted any more', async () => {
  vi.stubGlobal('fetch', (_path: string, { signal }: RequestInit) => silentUntil(signal));
  const aborter = new AbortController();
  const failed = expect(request('/api/session', { signal: aborter.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  aborter.abort();
  await failed;
  expect(vi.getTimerCount()).toBe(0);
});

it('leaves no timer behind an answer', async () => {
  vi.stubGlobal('fetch', async () => new Response('{"fine":true}'));
  await expect(request('/api/session')).resolves.toEqual({ fine: true });
  expect(vi.getTimerCount()).toBe(0);
});
