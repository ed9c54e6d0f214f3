import { expect, test } from 'vitest';
import { MessageQueue } from './message-queue.ts';

test('keeps order, content and type', () => {
  const queue = new MessageQueue(10);
  queue.push(Buffer.from('one'), false);
  queue.push(Buffer.from('two'), true);
  expect(queue.takeAll()).toEqual([
    { data: Buffer.from('one'), isBinary: false },
    { data: Buffer.from('two'), isBinary: true },
  ]);
  expect(queue.takeAll()).toEqual([]);
});

test('takes exactly its bound and not one byte more', () => {
  const queue = new MessageQueue(4);
  expect(queue.push(Buffer.alloc(3), true)).toBe(true);
  expect(queue.push(Buffer.alloc(2), true)).toBe(false);
  expect(queue.push(Buffer.alloc(1), true)).toBe(true);
  expect(queue.push(Buffer.alloc(1), true)).toBe(false);
});

test('a bound of 0 is none', () => {
  expect(new MessageQueue(0).push(Buffer.alloc(100_000), true)).toBe(true);
});
