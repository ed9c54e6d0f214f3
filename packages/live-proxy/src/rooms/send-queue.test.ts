import { type MediaKind, serializeMediaFrame } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { SendQueue } from './send-queue.ts';

function frame(kind: MediaKind, seq: number, turn = 0): Uint8Array<ArrayBuffer> {
  const header = { kind, codec: kind === 2 ? 2 : 1, flags: 0, participant: 1, seq, mediaTime: 0, turn } as const;
  return serializeMediaFrame({ ...header, payload: new Uint8Array(84) });
}

/** Everything that is still sent at this moment, as `kind:seq`. */
function drain(queue: SendQueue, nowMs: number): string[] {
  const sent: string[] = [];
  for (let next = queue.next(nowMs); next !== null; next = queue.next(nowMs)) sent.push(`${next[1]}:${next[6]}`);
  return sent;
}

test('people come before the model, each in their order', () => {
  const queue = new SendQueue({ maxModelBytes: 0 });
  queue.hold(frame(2, 1, 1), 0);
  queue.hold(frame(1, 2), 0);
  queue.hold(frame(2, 3, 1), 0);
  queue.hold(frame(1, 4), 0);
  expect(queue.isEmpty).toBe(false);
  expect([queue.holds(1), queue.holds(2)]).toEqual([true, true]);
  expect(drain(queue, 0)).toEqual(['1:2', '1:4', '2:1', '2:3']);
  expect(queue.isEmpty).toBe(true);
});

test('voices of people are dropped when they are 200 ms old, the oldest first', () => {
  const queue = new SendQueue({ maxModelBytes: 0 });
  for (let seq = 0; seq < 50; seq += 1) queue.hold(frame(1, seq), seq * 20);
  expect(drain(queue, 49 * 20)).toEqual(Array.from({ length: 11 }, (_, index) => `1:${39 + index}`));
  queue.hold(frame(1, 60), 2_000);
  expect(drain(queue, 2_201)).toEqual([]);
});

test('the model waits as long as it takes, up to a number of bytes, and not beyond an interruption', () => {
  const queue = new SendQueue({ maxModelBytes: 1_000 });
  const held = Array.from({ length: 12 }, (_, seq) => queue.hold(frame(2, seq, seq < 5 ? 1 : 2), 0));
  expect(held).toEqual([...Array(10).fill(true), false, false]);
  queue.interrupt(1);
  expect(queue.hold(frame(2, 20, 2), 0)).toBe(true);
  expect(drain(queue, 60_000)).toEqual(['2:5', '2:6', '2:7', '2:8', '2:9', '2:20']);
  queue.hold(frame(2, 1, 1), 0);
  queue.clear();
  expect(queue.next(0)).toBeNull();
});
