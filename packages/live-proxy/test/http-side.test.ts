import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLiveProxy, createTickets, endpoint, LiveProxyError, type Tickets } from '../src/index.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let tickets: Tickets;
let under: TestProxy;
let base: string;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
  tickets = createTickets({ secret: 'a secret for tests, of more than 32 bytes' });
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: tickets.authenticate,
    tickets,
    issueTicket: ({ headers, url }) => {
      const user = headers.get('cookie');
      if (user === 'user=banned') throw new LiveProxyError('ERR_NOT_ALLOWED', 'Your account is suspended.');
      if (user === 'user=broken') throw new Error('the session store at 10.0.0.7 is down');
      const room = url.searchParams.get('room') ?? undefined;
      return user === null ? null : { participantId: user, name: 'Ana', room, ttlSeconds: 60 };
    },
    authorizeAdmin: ({ headers }) => headers.get('authorization') === 'Bearer admin',
  });
  under.server.on('request', async (request, response) => {
    if (await under.proxy.handleRequest(request, response)) return;
    response.end('the application');
  });
  base = under.origin.replace('ws:', 'http:');
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

const post = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${base}${path}`, { method: 'POST', headers });

describe('health', () => {
  test('says ok, and that the proxy closes', async () => {
    const response = await fetch(`${base}/live/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    await under.proxy.close();
    const closing = await fetch(`${base}/live/health`);
    expect([closing.status, await closing.json()]).toEqual([503, { status: 'draining' }]);
  });
});

describe('tickets', () => {
  test('are issued to whom the application knows, and open a session', async () => {
    const response = await post('/live/tickets', { cookie: 'user=ana' });
    expect(response.status).toBe(201);
    const { ticket, expiresAt } = await response.json();
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
    const client = await TestClient.open(under.url, { protocols: ['app', `ticket.${ticket}`] });
    expect(client.socket.protocol).toBe('app');
  });

  test.each([
    [{}, 401, 'ERR_NOT_AUTHENTICATED'],
    [{ cookie: 'user=banned' }, 403, 'ERR_NOT_ALLOWED'],
    [{ cookie: 'user=ana', origin: 'https://evil.example' }, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
  ])('are refused with %o by %i', async (headers, status, code) => {
    const response = await post('/live/tickets', headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect((await response.json()).error.code).toBe(code);
    expect(under.errors).toEqual([]);
  });

  test('a hook that fails says nothing to the client and everything to the server', async () => {
    const response = await post('/live/tickets', { cookie: 'user=broken' });
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('10.0.0.7');
    expect(under.errors).toMatchObject([
      { error: { cause: { message: 'the session store at 10.0.0.7 is down' } }, context: { stage: 'authenticate' } },
    ]);
  });

  test('claims that cannot be are an error of the server', async () => {
    const response = await post('/live/tickets?room=a/b', { cookie: 'user=ana' });
    expect(response.status).toBe(500);
    expect(under.errors[0]?.error.message).toContain('tickets.issue: room is "a/b"');
  });

  test('are not made by another method', async () => {
    const response = await fetch(`${base}/live/tickets`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('sessions', () => {
  test('are shown to administrators, with who, what and how much', async () => {
    const { ticket } = await tickets.issue({ participantId: 'ana', name: 'Ana' });
    const client = await TestClient.open(under.url, { protocols: ['app', `ticket.${ticket}`] });
    client.send({ setup: { model: 'models/gemini-3.8-live' } });
    await client.message(0);
    const connection = await upstream.connection();
    const turn = '{"serverContent":{"turnComplete":true},"usageMetadata":{"totalTokenCount":12}}';
    connection.socket.send(Buffer.from(turn));
    await client.message(1);

    const response = await fetch(`${base}/live/sessions`, { headers: { authorization: 'Bearer admin' } });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).not.toContain(ticket);
    expect(JSON.parse(text).sessions).toMatchObject([
      {
        identity: { participantId: 'ana', name: 'Ana' },
        remoteAddress: '127.0.0.1',
        state: 'relaying',
        upstream: expect.stringContaining('127.0.0.1'),
        model: 'models/gemini-3.8-live',
        upstreamConnections: 1,
        upstreamSessionId: null,
        received: { messages: 1, bytes: 44 },
        sent: { messages: 2, bytes: 20 + turn.length },
        bufferedBytes: 0,
        usage: { turns: 1, totalTokens: 12, cost: null },
      },
    ]);
    client.socket.close();
    await under.event('sessionClosed');
    await expect.poll(() => under.proxy.sessions()).toEqual([]);
  });

  test.each([{}, { authorization: 'Bearer user' }])('are shown to nobody else (%o)', async (headers) => {
    const response = await fetch(`${base}/live/sessions`, { headers: headers as Record<string, string> });
    expect([response.status, (await response.json()).error.code]).toEqual([403, 'ERR_NOT_ALLOWED']);
  });

  test('a client that has said nothing yet has no model', async () => {
    const { ticket } = await tickets.issue({ participantId: 'ana', name: 'Ana' });
    await TestClient.open(under.url, { protocols: ['app', `ticket.${ticket}`] });
    expect(under.proxy.sessions()).toMatchObject([
      { state: 'awaitingSetup', upstream: null, model: null, usage: { turns: 0, totalTokens: 0 }, continuity: null },
    ]);
  });
});

describe('paths', () => {
  test('of the application stay the application’s', async () => {
    for (const path of ['/', '/lively/health', '/tickets']) {
      expect(await (await fetch(base + path)).text()).toBe('the application');
    }
  });

  test('below the mount say what is there', async () => {
    const mount = await fetch(`${base}/live`);
    expect(mount.status).toBe(426);
    const other = await fetch(`${base}/live/other`);
    expect([other.status, (await other.json()).error.message]).toEqual([
      404,
      'Nothing is here; /live takes WebSockets.',
    ]);
  });

  test('without hooks there are neither tickets nor sessions', async () => {
    const proxy = createLiveProxy({
      upstream: endpoint({ url: upstream.url }),
      authenticate: () => null,
      path: '/ai/',
    });
    const statusOf = async (path: string, method = 'GET') =>
      (await proxy.fetch(new Request(`http://host${path}`, { method }))).status;
    expect(await statusOf('/ai/health')).toBe(200);
    expect(await statusOf('/ai/tickets', 'POST')).toBe(404);
    expect(await statusOf('/ai/sessions')).toBe(404);
    expect(await statusOf('/live/health')).toBe(404);
  });
});
