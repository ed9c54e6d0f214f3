import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpoint, type LiveProxyLimits } from '../src/index.ts';
import { ScriptedUpstream, type UpstreamConnection } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy;
/** Sessions that last pass everything on like those that do not, except an end that they survive. */
let continuity: false | undefined;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
  continuity = undefined;
});
afterEach(async () => {
  await under?.close();
  await upstream.close();
});

async function start(limits: Partial<LiveProxyLimits> = {}, url = upstream.url): Promise<void> {
  under = await startTestProxy({
    upstream: endpoint({ url }),
    authenticate: () => ({ id: 'ana' }),
    limits,
    continuity,
  });
}

async function openSession(): Promise<{ client: TestClient; connection: UpstreamConnection }> {
  const client = await TestClient.openSession(under.url);
  return { client, connection: await upstream.connection() };
}

describe('messages', () => {
  const messages: [string, string | Buffer][] = [
    ['text with odd spacing', '{ "realtimeInput" :\n{"text":"hé"}}'],
    ['text in snake_case', '{"realtime_input":{"media_chunks":[]}}'],
    ['what is no JSON', 'not json at all'],
    ['binary JSON', Buffer.from(JSON.stringify({ realtimeInput: { audio: { data: 'AAEC'.repeat(20_000) } } }))],
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['an empty text', ''],
    ['an empty binary', Buffer.alloc(0)],
  ];

  test.each(messages)('reach the upstream byte for byte and in their type: %s', async (_, message) => {
    await start();
    const { client, connection } = await openSession();
    client.socket.send(message);
    const received = await connection.message(1);
    expect(received.data.equals(Buffer.from(message))).toBe(true);
    expect(received.isBinary).toBe(typeof message !== 'string');
  });

  test.each(messages)('reach the client byte for byte and in their type: %s', async (_, message) => {
    await start();
    const { client, connection } = await openSession();
    connection.socket.send(message);
    const received = await client.message(1);
    expect(received.data.equals(Buffer.from(message))).toBe(true);
    expect(received.isBinary).toBe(typeof message !== 'string');
  });

  test.each([false, true])('a message in fragments arrives whole and in its type (binary: %s)', async (binary) => {
    await start();
    const { client, connection } = await openSession();
    client.socket.send('{"realtimeInput":', { fin: false, binary });
    client.socket.send('{"text":"hi"}}', { fin: true, binary });
    const toUpstream = await connection.message(1);
    expect([toUpstream.data.toString(), toUpstream.isBinary]).toEqual(['{"realtimeInput":{"text":"hi"}}', binary]);
    connection.socket.send('{"serverContent":', { fin: false, binary });
    connection.socket.send('{}}', { fin: true, binary });
    const toClient = await client.message(1);
    expect([toClient.data.toString(), toClient.isBinary]).toEqual(['{"serverContent":{}}', binary]);
  });

  test('what waits for the upstream keeps its type', async () => {
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    for (const binary of [true, false]) client.socket.send('{"realtimeInput":{"text":"hi"}}', { binary });
    const connection = await upstream.connection();
    await connection.message(2);
    expect(connection.messages.slice(1).map(({ isBinary }) => isBinary)).toEqual([true, false]);
  });

  test('everything arrives in order, also what was sent before the upstream was open', async () => {
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    for (let index = 1; index <= 50; index += 1) client.send({ realtimeInput: { text: `message ${index}` } });
    const connection = await upstream.connection();
    await connection.message(50);
    expect(connection.messages.slice(1).map(({ data }) => JSON.parse(data.toString()).realtimeInput.text)).toEqual(
      Array.from({ length: 50 }, (_, index) => `message ${index + 1}`),
    );
  });

  test('neither side is offered compression', async () => {
    await start();
    const { client, connection } = await openSession();
    expect(client.socket.extensions).toBe('');
    expect(connection.request.headers['sec-websocket-extensions']).toBeUndefined();
  });

  test('nothing of the client’s request reaches the upstream', async () => {
    await start();
    const client = await TestClient.open(`${under.url}?key=ticket`, {
      headers: { cookie: 'session=1', authorization: 'Bearer ticket', 'user-agent': 'spy' },
    });
    client.send({ setup: defaultSetup });
    await client.message(0);
    const { request } = await upstream.connection();
    expect(JSON.stringify([request.url, request.headers])).not.toMatch(/ticket|session=1|spy/);
  });
});

describe('limits', () => {
  test('a message of exactly maxMessageBytes passes, one byte more closes with 1009', async () => {
    await start({ maxMessageBytes: 1_000 });
    const { client, connection } = await openSession();
    client.socket.send(Buffer.alloc(1_000, 'a'));
    expect((await connection.message(1)).data.byteLength).toBe(1_000);
    client.socket.send(Buffer.alloc(1_001, 'a'));
    expect(await client.closed).toEqual({
      code: 1009,
      reason: 'A message is larger than 1000 bytes; send less at once.',
    });
    expect((await connection.closed).code).toBe(1000);
    expect(await under.event('sessionClosed')).toMatchObject({ code: 1009, cause: { code: 'ERR_MESSAGE_TOO_LARGE' } });
  });

  test('fragments count together', async () => {
    await start({ maxMessageBytes: 1_000 });
    const { client } = await openSession();
    client.socket.send(Buffer.alloc(600, 'a'), { fin: false });
    client.socket.send(Buffer.alloc(600, 'a'), { fin: true });
    expect((await client.closed).code).toBe(1009);
  });

  test('a larger message of the upstream ends the session with 1011 and is reported', async () => {
    await start({ maxUpstreamMessageBytes: 1_000 });
    const { client, connection } = await openSession();
    connection.socket.send(Buffer.alloc(1_001));
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'The connection to the model service was lost; try again.',
    });
    expect(under.errors[0]).toMatchObject({ error: { code: 'ERR_UPSTREAM_LOST' }, context: { stage: 'relay' } });
  });

  test('what waits for the upstream is bounded by maxQueuedBytes, then 4529', async () => {
    upstream.mute = true;
    await start({ maxQueuedBytes: 1_000 });
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    client.socket.send(Buffer.alloc(1_000 - 64, 'a'));
    client.socket.send('');
    expect(await client.closed).toEqual({
      code: 4529,
      reason: 'More than 1000 bytes before setupComplete; wait for it.',
    });
  });

  test('0 turns a limit off', async () => {
    await start({ maxMessageBytes: 0, maxUpstreamMessageBytes: 0, maxBufferedBytes: 0, firstMessageTimeoutMs: 0 });
    const { client, connection } = await openSession();
    client.socket.send(Buffer.alloc(5_000_000, 'a'));
    connection.socket.send(Buffer.alloc(17_000_000));
    expect((await connection.message(1)).data.byteLength).toBe(5_000_000);
    expect((await client.message(1)).data.byteLength).toBe(17_000_000);
  });
});

describe('closing', () => {
  beforeEach(() => {
    continuity = false;
  });

  test.each([
    [1000, ''],
    [1007, 'Request contains an invalid argument.'],
    [1008, 'The operation was aborted.'],
    [
      1011,
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: h',
    ],
  ])('the client gets Gemini’s own code %i and reason', async (code, reason) => {
    await start();
    const { client, connection } = await openSession();
    connection.socket.close(code, reason);
    expect(await client.closed).toEqual({ code, reason });
    const event = await under.event('sessionClosed');
    expect(event).toMatchObject({ closedBy: 'upstream', code, reason });
    expect(event.cause === null).toBe(code === 1000);
  });

  test('an upstream that closes without a code closes the client with 1000', async () => {
    await start();
    const { client, connection } = await openSession();
    connection.socket.close();
    expect(await client.closed).toEqual({ code: 1000, reason: '' });
  });

  test('an upstream that breaks closes the client with 1011', async () => {
    await start();
    const { client, connection } = await openSession();
    connection.socket.terminate();
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'The connection to the model service was lost; try again.',
    });
    expect(under.errors[0]?.error.code).toBe('ERR_UPSTREAM_LOST');
  });

  test('what the upstream said before it closed arrives first', async () => {
    await start();
    const { client, connection } = await openSession();
    for (let index = 0; index < 100; index += 1) connection.socket.send(Buffer.alloc(10_000));
    connection.socket.close(1011, 'Deadline expired before operation could complete.');
    expect((await client.closed).code).toBe(1011);
    expect(client.received).toHaveLength(101);
  });

  test.each([
    [1000, 'bye'],
    [3000, ''],
    [4999, 'é'.repeat(61)],
  ])('the upstream gets the client’s code %i and reason', async (code, reason) => {
    await start();
    const { client, connection } = await openSession();
    client.socket.close(code, reason);
    expect(await connection.closed).toEqual({ code, reason });
    expect(await under.event('sessionClosed')).toMatchObject({ closedBy: 'client', code, cause: null });
  });

  test.each([
    ['without a code', (client: TestClient) => client.socket.close()],
    ['without a word', (client: TestClient) => client.socket.terminate()],
  ])('a client that leaves %s closes the upstream with 1000', async (_, leave) => {
    await start();
    const { client, connection } = await openSession();
    leave(client);
    expect(await connection.closed).toEqual({ code: 1000, reason: '' });
  });

  test('a client that leaves while the upstream is dialled leaves nothing behind', async () => {
    upstream.mute = true;
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    await upstream.dialled();
    client.socket.terminate();
    await upstream.deserted();
    expect(await under.event('sessionClosed')).toMatchObject({ closedBy: 'client' });
    expect(under.errors).toEqual([]);
  });
});

describe('an upstream that fails', () => {
  test('by refusing the handshake closes the client with 1011, and the status is reported', async () => {
    upstream.refuseWith = 403;
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'The model service cannot be reached; try again later.',
    });
    expect(under.errors[0]).toMatchObject({ error: { code: 'ERR_UPSTREAM_REFUSED' }, context: { stage: 'dial' } });
    expect(under.errors[0]?.error.message).toMatch(/HTTP status 403; check the credential/);
  });

  test('by not being there', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await start({}, `ws://127.0.0.1:${port}`);
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect((await client.closed).code).toBe(1011);
    expect(under.errors[0]?.error.code).toBe('ERR_UPSTREAM_UNREACHABLE');
    expect(under.errors[0]?.error.message).toContain('ECONNREFUSED');
  });

  test('by not answering the handshake in time', async () => {
    upstream.mute = true;
    await start({ handshakeTimeoutMs: 500 });
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect(await client.closed).toEqual({
      code: 4504,
      reason: 'The model service did not answer in time; try again later.',
    });
    await upstream.deserted();
  });

  test('by not answering the setup in time', async () => {
    upstream.onSetup = () => {};
    await start({ firstMessageTimeoutMs: 500 });
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect((await client.closed).code).toBe(4504);
    expect(under.errors[0]?.error.message).toContain('did not answer the setup within firstMessageTimeoutMs 500');
  });

  test('by saying something else than the answer to the setup', async () => {
    upstream.onSetup = ({ socket }) => socket.send(Buffer.from('{"usageMetadata":{"totalTokenCount":1}}'));
    await start({ firstMessageTimeoutMs: 500 });
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect((await client.closed).code).toBe(4504);
    expect(client.received).toHaveLength(1);
  });

  test('by refusing the setup: the client gets Gemini’s own words', async () => {
    upstream.onSetup = ({ socket }) => socket.close(1007, 'API key not valid. Please pass a valid API key.');
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect(await client.closed).toEqual({ code: 1007, reason: 'API key not valid. Please pass a valid API key.' });
  });

  test('by closing before it got the setup', async () => {
    upstream.onConnection = ({ socket }) => socket.close(1008, 'Method doesn’t allow unregistered callers.');
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect(await client.closed).toEqual({ code: 1008, reason: 'Method doesn’t allow unregistered callers.' });
  });
});
