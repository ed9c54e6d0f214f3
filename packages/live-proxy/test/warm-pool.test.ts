import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

const take = (warm: WarmPool) => warm.take(new AbortController().signal);

function start(options: { size: number; maxAgeMs?: number; key?: () => string; onError?: () => void }): WarmPool {
  const { size, maxAgeMs = 60_000, key = () => 'key', onError = () => {} } = options;
  const made = endpoint({ url: upstream.url, headers: () => ({ 'x-goog-api-key': key() }) });
  const { handshakeTimeoutMs } = resolveLimits();
  const dial = (signal: AbortSignal) => dialUpstream(made, { signal, handshakeTimeoutMs });
  pool = new WarmPool({ upstream: made, dial, timeoutMs: handshakeTimeoutMs, size, maxAgeMs, onError });
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
  expect(await take(warm)).toBeNull();
});

test('another credential makes all of them useless', async () => {
  let key = 'one';
  const warm = start({ size: 2, key: () => key });
  await expect.poll(() => warm.size).toBe(2);
  key = 'two';
  expect(await take(warm)).toBeNull();
  await expect.poll(() => warm.size).toBe(2);
  expect(await take(warm)).not.toBeNull();
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

describe('a credential that does not come', () => {
  const never = () => new Promise<never>(() => {});

  test('is waited for until the deadline, and reported; then it is asked for anew', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let isThere = false;
    const made = endpoint({ url: upstream.url, headers: () => (isThere ? { 'x-goog-api-key': 'key' } : never()) });
    const onError = vi.fn();
    pool = new WarmPool({
      upstream: made,
      dial: (signal) => dialUpstream(made, { signal }),
      timeoutMs: 10_000,
      size: 1,
      maxAgeMs: 60_000,
      onError,
    });
    pool.start();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(onError).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_UPSTREAM_TIMEOUT' }));
    isThere = true;
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitUntil(() => pool?.size === 1);
  });

  test('holds nobody who takes a connection longer than the signal', async () => {
    let isThere = true;
    const made = endpoint({ url: upstream.url, headers: () => (isThere ? { 'x-goog-api-key': 'key' } : never()) });
    pool = new WarmPool({
      upstream: made,
      dial: (signal) => dialUpstream(made, { signal }),
      timeoutMs: 10_000,
      size: 1,
      maxAgeMs: 60_000,
      onError: () => {},
    });
    pool.start();
    await expect.poll(() => pool?.size).toBe(1);
    isThere = false;
    const left = new AbortController();
    const outcome = expect(pool.take(left.signal)).rejects.toThrow('left');
    left.abort(new Error('left'));
    await outcome;
    expect(pool.size).toBe(1);
  });

  test('ends a session with 4504', async () => {
    let isThere = true;
    under = await startTestProxy({
      upstream: endpoint({ url: upstream.url, headers: () => (isThere ? { 'x-goog-api-key': 'key' } : never()) }),
      authenticate: () => ({ id: 'ana' }),
      warm: { size: 1 },
      limits: { handshakeTimeoutMs: 1_500 },
    });
    await upstream.connection(0);
    isThere = false;
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect((await client.closed).code).toBe(4504);
  });
});

test('an upstream that refuses is dialled with pauses, and reported once', async () => {
  upstream.refuseWith = 503;
  const onError = vi.fn();
  const warm = start({ size: 3, onError });
  await vi.waitUntil(() => onError.mock.calls.length > 0);
  const { tcpConnections } = upstream;
  for (let time = 0; time < 50; time += 1) warm.start();
  expect(await take(warm)).toBeNull();
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
