import { EventEmitter } from 'node:events';
import type { CDPSession } from 'playwright-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ThreadIsolates } from './support/thread-isolates.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page with one worker; `send` is what its session does with a message to it. */
async function worker(send: (message: { id: number; method: string }) => unknown) {
  const events = new EventEmitter();
  const session = Object.assign(events, {
    send: async (method: string, { message }: { message: string }) =>
      method === 'Target.sendMessageToTarget' ? send(JSON.parse(message)) : {},
  });
  const isolates = await ThreadIsolates.watch(session as unknown as CDPSession);
  events.emit('Target.attachedToTarget', { sessionId: 'a', targetInfo: { type: 'worker' } });
  const answer = (message: object) =>
    events.emit('Target.receivedMessageFromTarget', { sessionId: 'a', message: JSON.stringify(message) });
  const end = () => events.emit('Target.detachedFromTarget', { sessionId: 'a' });
  const ask = () =>
    isolates
      .all()
      .get('worker 1')
      ?.ask('Runtime.getHeapUsage')
      .catch((error: Error) => error.message);
  return { ask, answer, end, isolates };
}

it('tells what a thread answers to each question', async () => {
  const asked: number[] = [];
  const { ask, answer } = await worker(({ id }) => asked.push(id));
  const answers = [ask(), ask()];
  for (const id of asked.toReversed()) answer({ id, result: { usedSize: id } });
  expect(await Promise.all(answers)).toEqual(asked.map((usedSize) => ({ usedSize })));
  expect(vi.getTimerCount()).toBe(0);
});

it('ends what is asked of a thread when that ends', async () => {
  const { ask, end, isolates } = await worker(() => {});
  const answers = [ask(), ask()];
  end();
  const ended = 'Runtime.getHeapUsage: the thread has ended.';
  expect(await Promise.all(answers)).toEqual([ended, ended]);
  expect(isolates.all().size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('ends what is asked of a thread that is not reached, or does not answer', async () => {
  const late = 'Runtime.getHeapUsage: the thread did not answer.';
  for (const send of [() => new Promise(() => {}), () => {}]) {
    const { ask } = await worker(send);
    const answer = ask();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await Promise.race([answer, 'waiting'])).toBe(late);
  }
  const { ask } = await worker(() => {
    throw new Error('There is no such session.');
  });
  expect(await ask()).toBe('There is no such session.');
  expect(vi.getTimerCount()).toBe(0);
});
