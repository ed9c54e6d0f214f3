import { afterEach, expect, test } from 'vitest';
import { type BenchOptions, ContinuityBench, sentTo, setupOf } from './bench.ts';

let bench: ContinuityBench;
afterEach(() => bench.stop());

/** A session that was cut without a handle, whose application is being asked for its history and does not answer. */
async function waitForHistory(options?: BenchOptions): Promise<{ readonly signal: AbortSignal }> {
  let asked: (signal: AbortSignal) => void = () => {};
  const isAsked = new Promise<AbortSignal>((resolve) => {
    asked = resolve;
  });
  bench = await ContinuityBench.start({
    history: (_identity, _session, { signal }) => {
      asked(signal);
      return new Promise(() => {});
    },
    ...options,
  });
  (await bench.upstream.connection()).socket.terminate();
  await bench.state('reconnecting');
  bench.clock.advance(1_000);
  return { signal: await isAsked };
}

test('a history that does not come is done without after handshakeTimeoutMs, and that is reported', async () => {
  const { signal } = await waitForHistory({ limits: { handshakeTimeoutMs: 10_000 } });
  bench.clock.advance(9_999);
  await bench.settled();
  expect([bench.states.at(-1), signal.aborted]).toEqual(['reconnecting', false]);
  bench.clock.advance(1);
  await bench.state('restarted');
  expect(signal.aborted).toBe(true);
  const second = await bench.upstream.connection(1);
  await bench.say(second);
  expect((await setupOf(second)).sessionResumption).toEqual({});
  expect(sentTo(second)).toEqual([]);
  expect(bench.under.errors.at(-1)?.error.message).toContain('longer than handshakeTimeoutMs 10000');
});

test('a client that leaves while its history is awaited ends the waiting and the connection', async () => {
  const { signal } = await waitForHistory();
  const second = await bench.upstream.connection(1);
  bench.client.socket.close();
  await bench.under.event('sessionClosed');
  expect(signal.aborted).toBe(true);
  await second.closed;
  expect(bench.clock.pendingTimers).toBe(0);
});
