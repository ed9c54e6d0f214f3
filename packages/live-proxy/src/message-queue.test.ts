import { expect, test } from 'vitest';
import { MESSAGE_OVERHEAD_BYTES, MessageQueue } from './message-queue.ts';

test('keeps order, content and type', () => {
  const queue = new MessageQueue(1_000);
  queue.push(Buffer.from('one'), false);
  queue.push(Buffer.from('two'), true);
  expect(queue.takeAll()).toEqual([
    { data: Buffer.from('one'), isBinary: false },
    { data: Buffer.from('two'), isBinary: true },
  ]);
  expect(queue.takeAll()).toEqual([]);
});

test('takes exactly its bound and not one byte more', () => {
  const queue = new MessageQueue(4 + 2 * MESSAGE_OVERHEAD_BYTES);
  expect(queue.push(Buffer.alloc(3), true)).toBe(true);
  expect(queue.push(Buffer.alloc(2), true)).toBe(false);
  expect(queue.push(Buffer.alloc(1), true)).toBe(true);
  expect(queue.push(Buffer.alloc(0), true)).toBe(false);
});

test('empty messages cost something: no flood of them is without a bound', () => {
  const queue = new MessageQueue(1_000_000);
  let taken = 0;
  while (queue.push(Buffer.alloc(0), false)) taken += 1;
  expect(taken).toBe(Math.floor(1_000_000 / MESSAGE_OVERHEAD_BYTES));
});

test('a bound of 0 is none', () => {
  expect(new MessageQueue(0).push(Buffer.alloc(100_000), true)).toBe(true);
});
