import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Tickets } from '../tickets/tickets.ts';
import { Revocations } from './revocations.ts';

/** What another server has revoked is found by asking the common store every 15 s. */
let asked: string[];
let revoked: Set<string>;
let isRevoked: (ticketId: string) => Promise<boolean>;
let errors: unknown[];
let revocations: Revocations;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  revoked = new Set();
  errors = [];
  isRevoked = async (ticketId) => revoked.has(ticketId);
  const tickets = {
    onRevoked: () => () => {},
    isRevoked: (ticketId: string) => {
      asked.push(ticketId);
      return isRevoked(ticketId);
    },
  };
  revocations = new Revocations(tickets as unknown as Tickets, (error) => errors.push(error));
});
afterEach(() => vi.useRealTimers());

test('a ticket that cannot be asked for hides none of the others, and is reported once a round', async () => {
  const ended: string[] = [];
  for (const id of ['a', 'broken', 'broken too', 'b']) revocations.watch(id, () => ended.push(id));
  revoked.add('a').add('b');
  isRevoked = async (ticketId) => {
    if (ticketId.startsWith('broken')) throw new Error(ticketId);
    return revoked.has(ticketId);
  };
  await vi.advanceTimersByTimeAsync(15_000);
  expect(ended).toEqual(['a', 'b']);
  expect(errors).toEqual([new Error('broken')]);
});

test('a thousand tickets in a store that takes 50 ms are asked for within a second', async () => {
  const ended = vi.fn();
  for (let index = 0; index < 1_000; index += 1) revocations.watch(`t${index}`, ended);
  revoked.add('t999');
  isRevoked = async (ticketId) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return revoked.has(ticketId);
  };
  await vi.advanceTimersByTimeAsync(16_000);
  expect(asked).toHaveLength(1_000);
  expect(ended).toHaveBeenCalledOnce();
});

test('rounds do not overlap: a slow store is not asked twice for one ticket', async () => {
  for (const id of ['a', 'b']) revocations.watch(id, () => {});
  isRevoked = () => new Promise((resolve) => setTimeout(() => resolve(false), 14_000));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked).toEqual(['a', 'b']);
  isRevoked = () => new Promise(() => {});
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked).toEqual(['a', 'b', 'a', 'b']);
  // It ends with the deadline of each, and the next round comes.
  await vi.advanceTimersByTimeAsync(15_000);
  expect(errors).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
});
