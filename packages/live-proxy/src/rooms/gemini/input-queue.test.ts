import { expect, test } from 'vitest';
import { InputQueue } from './input-queue.ts';

const audio = (value: number, length = 10) => ({ type: 'audio', samples: new Int16Array(length).fill(value) }) as const;

test('everything comes out in the order in which it came in, once', () => {
  const queue = new InputQueue({ maxSamples: 100, maxItems: 10, maxLength: 99 });
  queue.add(audio(1));
  queue.add({ type: 'text', text: 'hi' });
  queue.add({ type: 'audioStreamEnd' });
  expect(queue.texts).toEqual(['hi']);
  expect(queue.takeAll().map(({ type }) => type)).toEqual(['audio', 'text', 'audioStreamEnd']);
  expect(queue.takeAll()).toEqual([]);
});

test('of too much audio the newest is kept, and no text is lost for it', () => {
  const queue = new InputQueue({ maxSamples: 30, maxItems: 10, maxLength: 99 });
  queue.add({ type: 'text', text: 'first' });
  for (let value = 1; value <= 6; value += 1) queue.add(audio(value));
  const items = queue.takeAll();
  expect(items[0]).toEqual({ type: 'text', text: 'first' });
  expect(items.slice(1).map((item) => item.type === 'audio' && item.samples[0])).toEqual([4, 5, 6]);
  queue.add(audio(7, 30));
  expect(queue.takeAll()).toHaveLength(1);
});

test('only the newest picture is kept', () => {
  const queue = new InputQueue({ maxSamples: 0, maxItems: 10, maxLength: 99 });
  for (const first of [1, 2, 3]) queue.add({ type: 'image', bytes: new Uint8Array([first]), mimeType: 'image/jpeg' });
  expect(queue.takeAll()).toEqual([{ type: 'image', bytes: new Uint8Array([3]), mimeType: 'image/jpeg' }]);
});

test('words for which there is no room are refused, by number and by length, and what came before stays', () => {
  const queue = new InputQueue({ maxSamples: 0, maxItems: 2, maxLength: 10 });
  expect(queue.add({ type: 'text', text: 'eight ch' })).toBe(true);
  expect(queue.add({ type: 'context', text: 'more' })).toBe(false);
  expect(queue.add({ type: 'text', text: 'it' })).toBe(true);
  expect(queue.add({ type: 'activityEnd' })).toBe(false);
  expect(queue.texts).toEqual(['eight ch', 'it']);
  queue.takeAll();
  const response = { long: 'answer' };
  expect(queue.add({ type: 'toolResponse', callId: '1', name: 'look', response })).toBe(false);
  expect(queue.add({ type: 'text', text: 'room again' })).toBe(true);
});

test('one kind can be forgotten', () => {
  const queue = new InputQueue({ maxSamples: 20, maxItems: 9, maxLength: 99 });
  queue.add(audio(1));
  queue.add({ type: 'text', text: 'hi' });
  queue.drop('audio');
  queue.add(audio(2));
  queue.add(audio(3));
  expect(queue.takeAll().map((item) => (item.type === 'audio' ? item.samples[0] : item.type))).toEqual(['text', 2, 3]);
});
