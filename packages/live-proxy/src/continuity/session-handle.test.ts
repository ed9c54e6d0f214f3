import { expect, test } from 'vitest';
import { SessionHandle } from './session-handle.ts';

test('a handle that renews itself and whose sessions end at once is forgotten as one that does not', () => {
  const handle = new SessionHandle('h0', 15_000);
  for (let second = 0; second < 15; second += 1) {
    const used = handle.value;
    handle.renew(`h${second + 1}`);
    handle.ended(used, 100, second * 1_000);
    expect(handle.value).toBe(`h${second + 1}`);
  }
  const used = handle.value;
  handle.renew('h16');
  handle.ended(used, 100, 15_000);
  expect(handle.value).toBeNull();
});

test.each([
  ['an answer that came to its end', (handle: SessionHandle) => handle.proved()],
  ['a connection that lasted', (handle: SessionHandle) => handle.ended(handle.value, 10_000, 14_000)],
])('%s proves that the handle is good', (_, prove) => {
  const handle = new SessionHandle('h0', 15_000);
  handle.ended('h0', 100, 0);
  prove(handle);
  handle.ended('h0', 100, 20_000);
  handle.ended('h0', 100, 34_999);
  expect(handle.value).toBe('h0');
});

test('a fresh session that ends soon says nothing of the handle that it gave', () => {
  const handle = new SessionHandle(null, 15_000);
  handle.renew('h1');
  handle.ended(null, 100, 0);
  handle.ended('h1', 100, 20_000);
  expect(handle.value).toBe('h1');
});
