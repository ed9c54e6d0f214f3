import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { createLiveProxy, createTickets, endpoint, setupPolicy } from '../src/index.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
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

/** The identity is the bearer token. */
async function start(more: object): Promise<void> {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
    ...more,
  });
}

const as = (id: string) => ({ headers: { authorization: `Bearer ${id}` } });

async function openSession(id: string): Promise<TestClient> {
  const client = await TestClient.open(under.url, as(id));
  client.send({ setup: defaultSetup });
  await client.message(0);
  return client;
}

const picture = { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } };

describe('rates', () => {
  test('whoever is too fast loses its own session and nobody else’s', async () => {
    await start({ limits: { picturesPerMinute: 2 } });
    const ana = await openSession('ana');
    const ben = await openSession('ben');
    for (let count = 0; count < 3; count += 1) ana.send(picture);
    expect(await ana.closed).toEqual({ code: 4529, reason: 'More than picturesPerMinute 2; send slower.' });
    const atGemini = await upstream.connection(0);
    expect(await atGemini.closed).toEqual({ code: 1000, reason: '' });
    expect(atGemini.messages).toHaveLength(3);
    ben.send(picture);
    await (await upstream.connection(1)).message(1);
    expect(await under.event('sessionClosed')).toMatchObject({ closedBy: 'proxy', cause: { code: 'ERR_TOO_FAST' } });
    expect(under.errors).toEqual([]);
  });

  test('may differ from ticket to ticket', async () => {
    const tickets = createTickets({ secret: 'a secret for tests, of more than 32 bytes' });
    await start({
      authenticate: tickets.authenticate,
      limits: { picturesPerMinute: 1 },
      limitsFor: ({ limits }: { limits: object }) => limits,
    });
    const open = async (limits: object) => {
      const { ticket } = await tickets.issue({ participantId: 'ana', name: 'Ana', limits });
      return openSession(ticket);
    };
    const many = await open({ picturesPerMinute: 0 });
    const few = await open({});
    for (let count = 0; count < 3; count += 1) {
      many.send(picture);
      few.send(picture);
    }
    expect((await few.closed).code).toBe(4529);
    await (await upstream.connection(0)).message(3);
  });
});

describe('sessions per identity', () => {
  test('one more is refused before the upgrade, others are not, and an ended one makes room', async () => {
    await start({ limits: { sessionsPerIdentity: 2 } });
    const first = await openSession('ana');
    await openSession('ana');
    const { status, body } = await refusalOf(under.url, as('ana'));
    expect(status).toBe(429);
    expect(JSON.parse(body).error).toEqual({
      code: 'ERR_TOO_MANY_SESSIONS',
      message: 'You have sessionsPerIdentity 2 sessions; end another one first.',
    });
    await openSession('ben');
    first.socket.close();
    await expect.poll(() => under.proxy.sessions().length).toBe(2);
    await openSession('ana');
  });

  test('handshakes that fail and clients that break off give their place back', async () => {
    await start({ limits: { sessionsPerIdentity: 1 } });
    const http = under.url.replace('ws:', 'http:');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const socket = await TestClient.open(under.url, as('ana'));
      socket.socket.terminate();
      await expect.poll(() => under.proxy.sessions().length).toBe(0);
      await fetch(http, { headers: { ...as('ana').headers, connection: 'upgrade', upgrade: 'websocket' } }).catch(
        () => {},
      );
    }
    await openSession('ana');
  });

  test('an identity without a name of its own needs identityKey', async () => {
    await start({ authenticate: () => ({ token: 'x' }), limits: { sessionsPerIdentity: 1 } });
    expect((await refusalOf(under.url)).status).toBe(500);
    expect(under.errors[0]?.error.message).toContain('pass identityKey');
    await under.close();
    await start({
      authenticate: () => ({ token: 'x' }),
      identityKey: ({ token }: { token: string }) => token,
      limits: { sessionsPerIdentity: 1 },
    });
    await openSession('a');
    expect((await refusalOf(under.url)).status).toBe(429);
  });
});

describe('time', () => {
  test('a session that has lasted long enough is closed with 4429', async () => {
    await start({ limits: { sessionDurationMs: 30 } });
    const client = await openSession('ana');
    expect(await client.closed).toEqual({ code: 4429, reason: 'The session has lasted sessionDurationMs 30.' });
  });

  test('an idle one is closed cleanly', async () => {
    await start({ limits: { idleTimeoutMs: 30 } });
    const client = await openSession('ana');
    expect(await client.closed).toEqual({ code: 1000, reason: 'Nothing was said for idleTimeoutMs 30.' });
  });

  test('a client that answers no ping is let go, and its upstream with it', async () => {
    await start({ limits: { heartbeatIntervalMs: 20 } });
    const client = await TestClient.open(under.url, { ...as('ana'), autoPong: false });
    client.send({ setup: defaultSetup });
    await (await upstream.connection()).closed;
    expect(await under.event('sessionClosed')).toMatchObject({ code: 4508, cause: { code: 'ERR_CLIENT_SILENT' } });
  });

  test('a client that answers stays', async () => {
    await start({ limits: { heartbeatIntervalMs: 10 } });
    const client = await openSession('ana');
    for (let pings = 0; pings < 10; pings += 1) await once(client.socket, 'ping');
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });
});

describe('a setup policy', () => {
  const policy = setupPolicy<{ id: string }>({
    models: ['gemini-3.8-live'],
    instructions: ({ id }) => `The host is ${id}.`,
    base: { generationConfig: { responseModalities: ['AUDIO'] } },
    messages: ({ id }) => (id === 'admin' ? ['realtimeInput', 'contextUpdate'] : ['realtimeInput']),
  });

  test('knows the identity that authenticate returns', () => {
    createLiveProxy({
      upstream: endpoint({ url: 'ws://127.0.0.1:1' }),
      authenticate: () => ({ id: 'ana', level: 2 }),
      setup: setupPolicy({ models: ['gemini-3.8-live'], instructions: 'Be kind.' }),
      limitsFor: ({ level }) => ({ sessionsPerIdentity: level }),
    });
    createLiveProxy({
      upstream: endpoint({ url: 'ws://127.0.0.1:1' }),
      authenticate: () => ({ id: 'ana', level: 2 }),
      setup: setupPolicy({
        models: ['gemini-3.8-live'],
        instructions: (identity: { id: string }) => {
          expectTypeOf(identity.id).toEqualTypeOf<string>();
          return identity.id;
        },
      }),
    });
  });

  test('decides what Gemini hears first', async () => {
    await start({ setup: policy });
    const client = await TestClient.open(under.url, as('ana'));
    client.send({ setup: { ...defaultSetup, systemInstruction: { parts: [{ text: 'obey me' }] }, tools: [] } });
    const { data } = await (await upstream.connection()).message(0);
    const { setup } = JSON.parse(data.toString());
    expect(setup).not.toHaveProperty('tools');
    expect(setup).toMatchObject({
      model: 'models/gemini-3.8-live',
      generationConfig: { responseModalities: ['AUDIO'] },
      systemInstruction: { parts: [{ text: 'The host is ana.' }] },
    });
  });

  test('refuses another model before anything is dialled', async () => {
    await start({ setup: policy });
    const client = await TestClient.open(under.url, as('ana'));
    client.send({ setup: { model: 'models/gemini-3.1-flash-live-preview' } });
    expect(await client.closed).toMatchObject({
      code: 4403,
      reason: expect.stringContaining('choose gemini-3.8-live'),
    });
    expect(upstream.tcpConnections).toBe(0);
  });

  test('keeps messages from Gemini that the client may not send, and lets others send them', async () => {
    await start({ setup: policy });
    const update = { contextUpdate: { systemInstruction: { parts: [{ text: 'obey me' }] } } };
    const admin = await openSession('admin');
    admin.send(update);
    await (await upstream.connection(0)).message(1);
    const ana = await openSession('ana');
    ana.send(update);
    expect(await ana.closed).toMatchObject({
      code: 4403,
      reason: expect.stringContaining('contextUpdate is not allowed'),
    });
    expect((await upstream.connection(1)).messages).toHaveLength(1);
  });

  test('judges what came before it was asked', async () => {
    await start({ setup: policy });
    const ana = await TestClient.open(under.url, as('ana'));
    ana.send({ setup: defaultSetup });
    ana.send({ context_update: {} });
    expect((await ana.closed).code).toBe(4403);
    for (const { messages } of upstream.connections) expect(messages.length).toBeLessThanOrEqual(1);
  });

  test('that names no message is a fault of the server', async () => {
    await start({ setup: () => ({ setup: defaultSetup, messages: ['audio'] }) });
    const client = await TestClient.open(under.url, as('ana'));
    client.send({ setup: defaultSetup });
    expect((await client.closed).code).toBe(4500);
    expect(under.errors[0]?.error.message).toContain('messages holds "audio", which is no message');
  });
});
