import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ContinuityOptions, endpoint, type LiveProxyLimits } from '../src/index.ts';
import { update } from './continuity/bench.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  await under?.close();
  await upstream.close();
});

// More than the kernel's buffers on both sides of the proxy can hold, so that it shows whether the proxy goes on reading.
const messageCount = 800;
const messageBytes = 80_000;

async function start(limits: Partial<LiveProxyLimits>, continuity?: false | ContinuityOptions<unknown>): Promise<void> {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
    limits,
    continuity,
  });
}

/** Messages of one size that tell their place. */
function numbered(index: number): Buffer {
  const message = Buffer.alloc(messageBytes);
  message.writeUInt32LE(index);
  return message;
}

test('a client that stops reading stops the upstream, harms nobody, and is closed with 4508', async () => {
  await start({ maxBufferedBytes: 65_536, stuckTimeoutMs: 300 });
  const client = await TestClient.openSession(under.url);
  const stuck = await upstream.connection(0);
  const other = await TestClient.openSession(under.url);
  client.socket.pause();
  for (let index = 0; index < messageCount; index += 1) stuck.socket.send(numbered(index));

  upstream.onMessage = ({ socket }, data) => socket.send(data);
  for (let index = 1; index <= 50; index += 1) {
    other.socket.send(`ping ${index}`);
    expect((await other.message(index)).data.toString()).toBe(`ping ${index}`);
  }

  const closed = await under.event('sessionClosed');
  expect(closed).toMatchObject({ closedBy: 'proxy', code: 4508, cause: { code: 'ERR_CLIENT_STUCK' } });
  expect(stuck.socket.bufferedAmount).toBeGreaterThan(messageBytes);
  client.socket.resume();
  expect(await client.closed).toEqual({ code: 4508, reason: 'The client read too slowly for 300 ms; connect again.' });
  expect(client.received.length).toBeLessThan(messageCount);
  expect((await stuck.closed).code).toBe(1000);
  expect(other.socket.readyState).toBe(other.socket.OPEN);
});

test('a client that goes on reading in time misses nothing', async () => {
  await start({ maxBufferedBytes: 65_536, stuckTimeoutMs: 60_000 });
  const client = await TestClient.openSession(under.url);
  const { socket } = await upstream.connection();
  client.socket.pause();
  for (let index = 0; index < messageCount; index += 1) socket.send(numbered(index));
  const other = await TestClient.openSession(under.url);
  expect(other.received).toHaveLength(1);
  client.socket.resume();
  await client.message(messageCount);
  expect(client.received.slice(1).map(({ data }) => data.readUInt32LE())).toEqual([...Array(messageCount).keys()]);
});

test('an upstream that stops reading stops the client, and the session ends with 4504', async () => {
  await start({ maxBufferedBytes: 65_536, stuckTimeoutMs: 300 }, false);
  const client = await TestClient.openSession(under.url);
  const { socket } = await upstream.connection();
  socket.pause();
  for (let index = 0; index < messageCount; index += 1) client.socket.send(numbered(index));
  const closed = await under.event('sessionClosed');
  expect(closed).toMatchObject({ closedBy: 'proxy', code: 4504, cause: { code: 'ERR_UPSTREAM_STUCK' } });
  expect(client.socket.bufferedAmount).toBeGreaterThan(messageBytes);
  expect(under.errors[0]).toMatchObject({ error: { code: 'ERR_UPSTREAM_STUCK' }, context: { stage: 'relay' } });
  expect(await client.closed).toEqual({ code: 4504, reason: 'The model service stopped reading; try again later.' });
});

test('where the session lasts, an upstream that stops reading is left, and the session goes on with another connection', async () => {
  // There is room for all that waits in the sockets of the system.
  const maxWaitingBytes = 2 * messageCount * messageBytes;
  await start({ maxBufferedBytes: 65_536, stuckTimeoutMs: 300 }, { maxWaitingBytes });
  upstream.onMessage = ({ socket }, data) => void (data.length < 100 && socket.send(data));
  const client = await TestClient.openSession(under.url);
  const other = await TestClient.openSession(under.url);
  const stuck = await upstream.connection(0);
  stuck.socket.send(Buffer.from(JSON.stringify(update('h1'))));
  stuck.socket.send('after the handle');
  await client.message(1);
  stuck.socket.pause();
  for (let index = 0; index < messageCount; index += 1) client.socket.send(numbered(index));

  const next = await upstream.connection(2);
  expect(JSON.parse(String((await next.message(0)).data)).setup.sessionResumption).toMatchObject({ handle: 'h1' });
  client.socket.send('ping');
  await client.until(() => client.received.find(({ data }) => String(data) === 'ping'));
  expect(under.events.filter(({ type }) => type === 'sessionClosed')).toEqual([]);
  other.socket.send('ping');
  expect(String((await other.message(1)).data)).toBe('ping');
});

test('an upstream that goes on reading in time misses nothing', async () => {
  await start({ maxBufferedBytes: 65_536, stuckTimeoutMs: 60_000 });
  const client = await TestClient.openSession(under.url);
  const connection = await upstream.connection();
  connection.socket.pause();
  for (let index = 0; index < messageCount; index += 1) client.socket.send(numbered(index));
  const other = await TestClient.openSession(under.url);
  expect(other.received).toHaveLength(1);
  connection.socket.resume();
  await connection.message(messageCount);
  expect(connection.messages.slice(1).map(({ data }) => data.readUInt32LE())).toEqual([...Array(messageCount).keys()]);
});
