import { expect, it } from 'vitest';
import { EarlyMessages } from './early-messages.ts';

it('keeps messages in order up to a number and a size, and has room again once they were taken', () => {
  const early = new EarlyMessages<string>({ maxCount: 3, maxBytes: 100 });
  expect(early.keep('a', 60)).toBe(true);
  expect(early.keep('too large', 41)).toBe(false);
  expect(early.keep('b', 40)).toBe(true);
  expect(early.keep('c', 0)).toBe(true);
  expect(early.keep('one too many', 0)).toBe(false);
  expect(early.take()).toEqual(['a', 'b', 'c']);
  expect(early.take()).toEqual([]);
  expect(early.keep('d', 100)).toBe(true);
});
