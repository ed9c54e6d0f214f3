import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpoint } from '../src/index.ts';
import { ScriptedUpstream, type UpstreamConnection } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

const text = (words: string) => ({
  clientContent: { turns: [{ role: 'user', parts: [{ text: words }] }], turnComplete: true },
});
const answer = (words: string) => ({ serverContent: { outputTranscription: { text: words } } });
const turnComplete = { serverContent: { turnComplete: true } };

function say({ socket }: UpstreamConnection, ...messages: object[]): void {
  for (const message of messages) socket.send(Buffer.from(JSON.stringify(message)));
}

function receivedBy(client: TestClient): unknown[] {
  return client.received.slice(1).map(({ data }) => JSON.parse(data.toString()));
}

/** Longer than the test may take. */
const longGraceMs = 600_000;

describe.each([
  { name: 'with continuity', continuity: undefined },
  { name: 'without', continuity: false as const },
])('a proxy that closes, $name', ({ continuity }) => {
  async function openSession(
    protocols: string[] = [],
  ): Promise<{ client: TestClient; connection: UpstreamConnection }> {
    const client = await TestClient.open(under.url, { protocols });
    client.send({ setup: defaultSetup });
    await client.message(0);
    return { client, connection: await upstream.connection(upstream.connections.length - 1) };
  }

  beforeEach(async () => {
    under = await startTestProxy({
      upstream: endpoint({ url: upstream.url }),
      authenticate: () => ({ id: 'ana' }),
      continuity,
    });
  });

  test('lets a turn that is under way come to its end, and then closes with 4503', async () => {
    const { client, connection } = await openSession();
    client.send(text('hello'));
    await connection.message(1);
    say(connection, answer('Well'));
    await client.message(1);
    const closing = under.proxy.close({ graceMs: longGraceMs });
    say(connection, answer(', hello'), { serverContent: { generationComplete: true } }, turnComplete);
    expect((await client.closed).code).toBe(4503);
    expect(receivedBy(client)).toEqual([
      answer('Well'),
      answer(', hello'),
      { serverContent: { generationComplete: true } },
      turnComplete,
    ]);
    await closing;
  });

  test('lets a question be answered that has no answer yet', async () => {
    const { client, connection } = await openSession();
    client.send(text('hello'));
    await connection.message(1);
    const closing = under.proxy.close({ graceMs: longGraceMs });
    say(connection, answer('Hi'), turnComplete);
    expect((await client.closed).code).toBe(4503);
    expect(receivedBy(client)).toEqual([answer('Hi'), turnComplete]);
    await closing;
  });

  test('waits for a tool that was called, and for what the model says to its result', async () => {
    const { client, connection } = await openSession();
    say(connection, { toolCall: { functionCalls: [{ id: 'c1', name: 'get', args: {} }] } });
    await client.message(1);
    const closing = under.proxy.close({ graceMs: longGraceMs });
    client.send({ toolResponse: { functionResponses: [{ id: 'c1', name: 'get', response: {} }] } });
    await connection.message(1);
    say(connection, answer('Sunny'), turnComplete);
    expect((await client.closed).code).toBe(4503);
    expect(receivedBy(client).at(-1)).toEqual(turnComplete);
    await closing;
  });

  test('closes a session without a turn at once', async () => {
    const { client } = await openSession();
    await under.proxy.close({ graceMs: longGraceMs });
    expect((await client.closed).code).toBe(4503);
  });

  test('cuts a turn that takes longer than the grace', async () => {
    const { client, connection } = await openSession();
    client.send(text('hello'));
    await connection.message(1);
    say(connection, answer('Well'));
    await client.message(1);
    await under.proxy.close({ graceMs: 50 });
    expect((await client.closed).code).toBe(4503);
    expect(receivedBy(client)).toEqual([answer('Well')]);
    expect(await connection.closed).toEqual({ code: 1000, reason: '' });
  });

  test('tells clients of the subprotocol before, and others by nothing but the code', async () => {
    const told = await openSession(['colloquy.live.v1']);
    const foreign = await openSession();
    for (const { client, connection } of [told, foreign]) {
      client.send(text('hello'));
      await connection.message(1);
    }
    const closing = under.proxy.close({ graceMs: longGraceMs });
    await told.client.message(1);
    for (const { connection } of [told, foreign]) say(connection, answer('Hi'), turnComplete);
    await closing;
    const notice = { code: 'serverClosing', message: expect.stringContaining('connect again') };
    expect(receivedBy(told.client)).toEqual([{ colloquy: { notice } }, answer('Hi'), turnComplete]);
    expect(receivedBy(foreign.client)).toEqual([answer('Hi'), turnComplete]);
    expect((await foreign.client.closed).code).toBe(4503);
  });
});

test('a session that is without a connection is carried on, until what was asked is answered', async () => {
  under = await startTestProxy({ upstream: endpoint({ url: upstream.url }), authenticate: () => ({ id: 'ana' }) });
  const client = await TestClient.openSession(under.url);
  const first = await upstream.connection();
  first.socket.terminate();
  await under.event('continuityChanged');
  client.send(text('hello'));
  const pong = new Promise((resolve) => client.socket.once('pong', resolve));
  client.socket.ping();
  await pong;
  const closing = under.proxy.close({ graceMs: longGraceMs });
  const second = await upstream.connection(1);
  await second.message(1);
  say(second, answer('Hi'), turnComplete);
  expect((await client.closed).code).toBe(4503);
  expect(receivedBy(client)).toEqual([answer('Hi'), turnComplete]);
  await closing;
});
