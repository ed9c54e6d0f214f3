import { expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { StoreWorker } from './store-worker.ts';

interface Echo {
  readonly request: { readonly op: 'echo'; readonly n: number };
  readonly answers: { readonly echo: number };
}

/** A worker that says nothing until it is asked for the third time, and then answers everything. */
const lines = `
  const { parentPort } = require('node:worker_threads');
  const asked = [];
  parentPort.on('message', (message) => {
    if (message.type !== 'request') return;
    asked.push(message);
    if (asked.length < 3) return;
    const outcomes = asked.map(({ id, request }) => [id, { ok: true, value: request.n }]);
    parentPort.postMessage({ type: 'outcomes', outcomes });
  });
`;
const file = new URL(
  `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('/'); ${lines}`)}`,
);

it('SQL13 does not wait for a disk for ever; what it answers later is heard of, and what hangs is ended', async () => {
  const clock = new FakeClock();
  const worker = new StoreWorker<Echo>({ path: 'rooms.sqlite', file, name: 'The engine', clock });
  const heard: number[] = [];
  const answered = (n: number) => void heard.push(n);
  const first = worker.ask<'echo'>({ op: 'echo', n: 1 }, { answered });
  clock.advance(10_000);
  const second = worker.ask<'echo'>({ op: 'echo', n: 2 }, { answered });
  clock.advance(20_000);
  await expect(first).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    message: expect.stringContaining('rooms.sqlite did not answer within 30000 ms'),
  });
  expect(await worker.ask<'echo'>({ op: 'echo', n: 3 }, { answered })).toBe(3);
  expect(await second).toBe(2);
  expect(heard).toEqual([1, 2, 3]);
  expect(clock.pendingTimers).toBe(0);
  // It does not know how to close.
  const closed = worker.close();
  clock.advance(30_000);
  await closed;
  expect(clock.pendingTimers).toBe(0);
});
