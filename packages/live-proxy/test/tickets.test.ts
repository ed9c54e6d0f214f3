import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { GoogleGenAI, Modality } from '@google/genai';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { createLiveProxy, createTickets, endpoint, type TicketIdentity, type Tickets } from '../src/index.ts';
import { geminiModel } from '../src/rooms/index.ts';
import { TestRoomServer } from './rooms/room-server.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

const secret = 'a secret for tests, of more than 32 bytes';
const ana = { participantId: 'ana', name: 'Ana' };

let tickets: Tickets;
let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  tickets = createTickets({ secret });
  upstream = await ScriptedUpstream.start();
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: tickets.authenticate,
  });
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

test('the hooks of the proxy see whom the ticket names, with its type', () => {
  createLiveProxy({
    upstream: endpoint({ url: 'ws://127.0.0.1:1' }),
    authenticate: tickets.authenticate,
    setup: (requested, identity) => {
      expectTypeOf(identity).toEqualTypeOf<TicketIdentity>();
      return requested;
    },
  });
});

describe('the proxy', () => {
  test('admits a browser by its subprotocol, and again after a broken connection', async () => {
    const { ticket } = await tickets.issue(ana);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const client = await TestClient.open(under.url, { protocols: ['app.v1', `ticket.${ticket}`] });
      expect(client.socket.protocol).toBe('app.v1');
      client.send({ setup: defaultSetup });
      await client.message(0);
    }
    expect(await under.event('sessionOpened')).toMatchObject({ identity: { participantId: 'ana' } });
  });

  test('refuses before the upgrade, with words that help, and repeats no ticket anywhere', async () => {
    const { ticket, ticketId } = await tickets.issue(ana);
    await tickets.revoke(ticketId);
    const headers = { authorization: `Bearer ${ticket}` };
    const { status, body } = await refusalOf(under.url, { headers });
    expect(status).toBe(401);
    expect(JSON.parse(body).error).toEqual({
      code: 'ERR_NOT_AUTHENTICATED',
      message: 'This ticket was used or revoked; get a new one.',
    });
    const told = body + under.logLines.join('\n') + JSON.stringify(under.events);
    expect(told).not.toContain(ticket.split('.')[2]);
  });

  test('refuses a ticket of a room', async () => {
    const { ticket } = await tickets.issue({ ...ana, room: 'panel' });
    expect((await refusalOf(under.url, { headers: { authorization: `Bearer ${ticket}` } })).status).toBe(403);
  });
});

describe.each([
  ['Gemini', (apiKey: string, baseUrl: string) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl } })],
  [
    'Gemini with an ephemeral token',
    (ticket: string, baseUrl: string) =>
      new GoogleGenAI({ apiKey: `auth_tokens/${ticket}`, httpOptions: { baseUrl, apiVersion: 'v1alpha' } }),
  ],
  [
    'Vertex',
    (apiKey: string, baseUrl: string) =>
      new GoogleGenAI({ vertexai: true, apiKey, httpOptions: { baseUrl, apiVersion: 'v1beta1' } }),
  ],
] as const)('the official SDK in the mode %s', (mode, client) => {
  const model = mode === 'Vertex' ? 'gemini-live-2.5-flash-native-audio' : 'gemini-3.8-live';
  const connect = (ticket: string, onclose: () => void = () => {}) =>
    client(ticket, under.url.replace('ws:', 'http:')).live.connect({
      model,
      config: { responseModalities: [Modality.AUDIO] },
      callbacks: { onmessage: () => {}, onclose },
    });

  test('connects with a ticket as its key, in an address only once', async () => {
    const { ticket } = await tickets.issue(ana);
    (await connect(ticket)).close();
    expect(await under.event('sessionOpened')).toMatchObject({ identity: { name: 'Ana' } });
    if (mode === 'Vertex') {
      (await connect(ticket)).close();
      return;
    }
    const refused = await refusalOf(`${under.url}?key=${ticket}`);
    expect(refused.status).toBe(401);
    expect(refused.body).toContain('was used or revoked');
  });
});

describe('rooms', () => {
  test('admit by ticket with its name and role, and a ticket of one room to that room only', async () => {
    const manager = new RoomManager({
      engine: memoryEngine(),
      model: geminiModel({ upstream: endpoint({ url: upstream.url }) }),
    });
    const served = await TestRoomServer.start(manager, { authenticate: tickets.authenticate });
    try {
      const { ticket: host } = await tickets.issue({ ...ana, role: 'host' });
      const asHost = { authorization: `Bearer ${host}` };
      const panel = await (await served.post('/rooms', { name: 'Panel' }, asHost)).json();
      const other = await (await served.post('/rooms', { name: 'Other' }, asHost)).json();
      const { ticket } = await tickets.issue({ participantId: 'ben', name: 'Ben', room: panel.id });

      const ben = await served.join(panel.id, { ticket });
      const welcome = await ben.until('welcome');
      expect(JSON.stringify(welcome)).toContain('"Ben"');
      const asBen = { authorization: `Bearer ${ticket}` };
      expect((await served.fetch(`/rooms/${panel.id}/history`, { headers: asBen })).status).toBe(200);
      expect((await served.fetch(`/rooms/${other.id}`, { headers: asBen })).status).toBe(403);
      expect((await served.fetch('/rooms', { headers: asBen })).status).toBe(403);
      expect((await (await served.open(other.id, { ticket })).closed).code).toBe(4403);
    } finally {
      await served.stop();
      await manager.shutdown();
    }
  });
});
