import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endpoint } from '../src/index.ts';
import { ScriptedUpstream, type UpstreamConnection } from './support/scripted-upstream.ts';
import { TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

const messageCount = 300;
const messageBytes = 80_000;
const maxBufferedBytes = 1024 * 1024;
/** What one read of the upstream's socket brings after the proxy has stopped reading. */
const readBytes = 64 * 1024;

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await under.close();
  await upstream.close();
});

async function start(limits: object): Promise<void> {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
    limits,
  });
}

async function openSession(id: string): Promise<{ client: TestClient; connection: UpstreamConnection }> {
  const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${id}` } });
  client.send({ setup: { model: 'models/gemini-3.8-live' } });
  await client.message(0);
  return { client, connection: await upstream.connection(upstream.connections.length - 1) };
}

/** The service says 300 messages to a client that does not read. */
async function overwhelm(): Promise<{ stuck: TestClient; connection: UpstreamConnection }> {
  const { client: stuck, connection } = await openSession('stuck');
  stuck.socket.pause();
  const message = Buffer.alloc(messageBytes, 7);
  for (let index = 0; index < messageCount; index += 1) connection.socket.send(message);
  return { stuck, connection };
}

test('300 messages of 80 kB for a client that does not read: memory is bounded, others get everything in order, it is closed with 4508', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  await start({ maxBufferedBytes, stuckTimeoutMs: 1_000 });
  const others: { client: TestClient; connection: UpstreamConnection }[] = [];
  for (const id of ['ben', 'eve', 'kim']) others.push(await openSession(id));
  const { stuck, connection: toStuck } = await overwhelm();

  // Time stands still: the stuck client is there all the while, and each of these has to come nevertheless.
  let mostBuffered = 0;
  for (let round = 1; round <= 5 || mostBuffered <= maxBufferedBytes; round += 1) {
    for (const [index, { client, connection }] of others.entries()) {
      const from = client.received.length;
      for (let number = 0; number < 10; number += 1) connection.socket.send(`${index}: ${from + number}`);
      await client.message(from + 9);
    }
    mostBuffered = Math.max(mostBuffered, ...under.proxy.sessions().map(({ bufferedBytes }) => bufferedBytes));
  }

  // It is held back, and the service with it.
  expect(toStuck.socket.bufferedAmount).toBeGreaterThan(messageBytes);
  expect(mostBuffered).toBeLessThan(maxBufferedBytes + messageBytes + readBytes);
  for (const [index, { client }] of others.entries()) {
    const numbers = client.received.slice(1).map(({ data }) => data.toString());
    expect(numbers).toEqual(numbers.map((_, place) => `${index}: ${place + 1}`));
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  }

  vi.advanceTimersByTime(999);
  expect(under.events.filter(({ type }) => type === 'sessionClosed')).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(await under.event('sessionClosed')).toMatchObject({
    closedBy: 'proxy',
    code: 4508,
    cause: { code: 'ERR_CLIENT_STUCK' },
  });
  stuck.socket.resume();
  expect((await stuck.closed).code).toBe(4508);
  expect(stuck.received.length).toBeLessThan(messageCount);
});
