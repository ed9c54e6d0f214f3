import { expect, test } from 'vitest';
import { memoryTicketStore } from './ticket-store.ts';

test('a ticket is new once', () => {
  const store = memoryTicketStore();
  expect(store.has('a')).toBe(false);
  expect(store.add('a', Date.now() + 1_000)).toBe(true);
  expect(store.add('a', Date.now() + 1_000)).toBe(false);
  expect(store.has('a')).toBe(true);
});

test('a full store forgets tickets that are over, and refuses rather than forget a living one', () => {
  let now = 0;
  const store = memoryTicketStore({ maxTickets: 2, now: () => now });
  store.add('short', 10);
  store.add('long', 100);
  expect(() => store.add('third', 100)).toThrow(/maxTickets 2 living tickets/);
  expect(store.has('short')).toBe(true);
  now = 11;
  expect(store.add('third', 100)).toBe(true);
  expect(store.has('short')).toBe(false);
  expect(store.add('long', 100)).toBe(false);
  expect(() => store.add('fourth', 100)).toThrow(/living/);
});

test.each([0, 1.5, Number.NaN])('maxTickets %s is refused', (maxTickets) => {
  expect(() => memoryTicketStore({ maxTickets })).toThrow(RangeError);
});
