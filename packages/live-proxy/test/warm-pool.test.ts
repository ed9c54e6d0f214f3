import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveProxy, endpoint } from '../src/index.ts';
import { resolveLimits } from '../src/limits.ts';
import { dialUpstream } from '../src/upstream/dial.ts';
import { WarmPool } from '../src/upstream/warm-pool.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy | undefined;
let pool: WarmPool | undefined;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  vi.useRealTimers();
  pool?.dispose();
  await under?.close();
  under = undefined;
  await upstream.close();
});

async function openSession(url: string): Promise<TestClient> {
  const client = await TestClient.open(url);
  client.send({ setup: defaultSetup });
  await client.message(0);
  return client;
}

function start(options: { size: number; maxAgeMs?: number; key?: () => string; onError?: () => void }): WarmPool {
  const { size, maxAgeMs = 60_000, key = () => 'key', onError = () => {} } = options;
  const made = endpoint({ url: upstream.url, headers: () => ({ 'x-goog-api-key': key() }) });
  const { handshakeTimeoutMs } = resolveLimits();
  const dial = (signal: AbortSignal) => dialUpstream(made, { signal, handshakeTimeoutMs });
  pool = new WarmPool({ upstream: made, dial, size, maxAgeMs, onError });
  pool.start();
  return pool;
}

test('a session takes a connection that is open already, silent until its setup, and another one takes its place', async () => {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
    warm: { size: 2 },
  });
  const first = await upstream.connection(0);
  await upstream.connection(1);
  expect(first.messages).toEqual([]);
  const client = await openSession(under.url);
  expect(JSON.parse(String(first.messages[0]?.data))).toEqual({
    setup: expect.objectContaining({ sessionResumption: {} }),
  });
  await upstream.connection(2);
  client.send({ realtimeInput: { text: 'hello' } });
  await first.message(1);
  first.socket.send(Buffer.from('{"serverContent":{}}'));
  await client.message(1);
  client.socket.close();
  await first.closed;
  await under.close();
  under = undefined;
  await upstream.deserted();
});

test('a connection that was ended while it waited is not handed out', async () => {
  const warm = start({ size: 1 });
  const first = await upstream.connection(0);
  await expect.poll(() => warm.size).toBe(1);
  first.socket.terminate();
  await expect.poll(() => warm.size).toBe(0);
  expect(await warm.take()).toBeNull();
});

test('another credential makes all of them useless', async () => {
  let key = 'one';
  const warm = start({ size: 2, key: () => key });
  await expect.poll(() => warm.size).toBe(2);
  key = 'two';
  expect(await warm.take()).toBeNull();
  await expect.poll(() => warm.size).toBe(2);
  expect(await warm.take()).not.toBeNull();
  expect(upstream.connections.at(-1)?.request.headers['x-goog-api-key']).toBe('two');
});

test('one that is too old is not handed out, and is replaced', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const warm = start({ size: 1, maxAgeMs: 15_000 });
  await vi.waitUntil(() => warm.size === 1);
  vi.advanceTimersByTime(10_000);
  expect(warm.size).toBe(1);
  await vi.waitUntil(() => upstream.connections.length === 1);
  vi.advanceTimersByTime(10_000);
  await vi.waitUntil(() => upstream.connections.length === 2 && warm.size === 1);
  await upstream.connections[0]?.closed;
});

test('one that answers no ping is let go', async () => {
  upstream.answersPings = false;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const warm = start({ size: 1 });
  await vi.waitUntil(() => warm.size === 1);
  vi.advanceTimersByTime(10_000);
  vi.advanceTimersByTime(10_000);
  await vi.waitUntil(() => upstream.connections.length === 2);
  await upstream.connections[0]?.closed;
});

test('an upstream that refuses is dialled with pauses, and reported once', async () => {
  upstream.refuseWith = 503;
  const onError = vi.fn();
  const warm = start({ size: 3, onError });
  await vi.waitUntil(() => onError.mock.calls.length > 0);
  const { tcpConnections } = upstream;
  for (let time = 0; time < 50; time += 1) warm.start();
  expect(await warm.take()).toBeNull();
  expect(upstream.tcpConnections).toBe(tcpConnections);
  expect(onError).toHaveBeenCalledTimes(1);
});

test('it never holds more than its size, however often it is asked', async () => {
  const warm = start({ size: 3 });
  for (let time = 0; time < 50; time += 1) warm.start();
  await vi.waitUntil(() => warm.size === 3);
  expect(upstream.tcpConnections).toBe(3);
});

test.each([{ size: 0 }, { size: 101 }, { size: 1, maxAgeMs: 0 }])('wrong options are refused: %o', (warm) => {
  expect(() =>
    createLiveProxy({ upstream: endpoint({ url: upstream.url }), allowUnauthenticated: true, warm }),
  ).toThrow(/warm\.(?:size|maxAgeMs) is/);
});
