import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTickets, endpoint, type IdentityLedger, memoryLedger, memoryTicketStore } from '../src/index.ts';
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

async function openSession(id: string, protocols = ['colloquy.live.v1']): Promise<TestClient> {
  const client = await TestClient.open(under.url, { protocols, headers: { authorization: `Bearer ${id}` } });
  client.send({ setup: defaultSetup });
  await client.message(0);
  return client;
}

/** The service ends a turn that took so many tokens, on its connection counted from 0. */
async function turn(connection: number, totalTokenCount: number): Promise<void> {
  const message = { serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount } };
  (await upstream.connection(connection)).socket.send(Buffer.from(JSON.stringify(message)));
}

function noticesOf(client: TestClient): string[] {
  return client.received.flatMap(({ data }) => JSON.parse(data.toString()).colloquy?.notice?.code ?? []);
}

describe('the budget of a session', () => {
  test('is announced when little is left, and closes with 4429 behind the turn that spends it', async () => {
    await start({ limits: { tokensPerSession: 100 } });
    const ana = await openSession('ana');
    const ben = await openSession('ben');
    await turn(0, 79);
    await turn(0, 20);
    await under.event('noticeGiven');
    expect(under.events.filter(({ type }) => type === 'noticeGiven')).toHaveLength(1);
    expect(ana.socket.readyState).toBe(ana.socket.OPEN);
    await turn(0, 1);
    expect(await ana.closed).toEqual({ code: 4429, reason: 'This session has spent tokensPerSession 100.' });
    expect(noticesOf(ana)).toEqual(['budgetLow']);
    // The turn itself still arrived.
    expect(JSON.parse(String(ana.received.at(-1)?.data)).usageMetadata.totalTokenCount).toBe(1);
    expect(under.events.at(-1)).toMatchObject({
      type: 'sessionClosed',
      cause: { code: 'ERR_BUDGET_SPENT' },
      usage: { totalTokens: 100, turns: 3 },
    });
    expect(ben.socket.readyState).toBe(ben.socket.OPEN);
  });

  test('a foreign client sees nothing of the notice', async () => {
    await start({ limits: { tokensPerSession: 100 } });
    const ana = await openSession('ana', []);
    await turn(0, 90);
    await ana.message(1);
    await under.event('noticeGiven');
    expect(noticesOf(ana)).toEqual([]);
  });
});

describe('the budget of an identity', () => {
  test('is for all of its sessions together, and admits nobody when it is spent', async () => {
    await start({ limits: { tokensPerIdentity: 100 } });
    const one = await openSession('ana');
    const two = await openSession('ana');
    await turn(0, 60);
    await turn(1, 40);
    expect(await two.closed).toEqual({ code: 4429, reason: 'You have spent tokensPerIdentity 100; come back later.' });
    expect(one.socket.readyState).toBe(one.socket.OPEN);
    const refused = await refusalOf(under.url, { headers: { authorization: 'Bearer ana' } });
    expect([refused.status, JSON.parse(refused.body).error.code]).toEqual([429, 'ERR_BUDGET_SPENT']);
    await openSession('ben');
    await turn(0, 1);
    expect((await one.closed).code).toBe(4429);
  });

  test('is counted where the application says; a ledger that fails ends nobody, and is reported', async () => {
    const ledger: IdentityLedger = {
      ...memoryLedger(),
      spend: (_, tokens) => (tokens === 0 ? 0 : Promise.reject(new Error('redis is away'))),
    };
    await start({ limits: { tokensPerIdentity: 100 }, ledger });
    const ana = await openSession('ana');
    await turn(0, 500);
    await under.changes.until(() => under.errors[0]);
    expect(under.errors[0]).toMatchObject({ context: { stage: 'lease' } });
    expect(ana.socket.readyState).toBe(ana.socket.OPEN);
  });
});

test('places are counted over all servers that share a ledger', async () => {
  const ledger = memoryLedger();
  const limits = { sessionsPerIdentity: 1 };
  await start({ limits, ledger });
  const other = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
    limits,
    ledger,
  });
  try {
    const first = await openSession('ana');
    expect((await refusalOf(other.url)).status).toBe(429);
    first.socket.close();
    await expect.poll(() => under.proxy.sessions()).toEqual([]);
    await TestClient.open(other.url);
  } finally {
    await other.close();
  }
});

test('what a turn took is told with its cost', async () => {
  await start({ prices: { '*': { prompt: { text: 1 }, response: { text: 3 } } } });
  await openSession('ana');
  const usageMetadata = { promptTokenCount: 1_000_000, responseTokenCount: 500_000, totalTokenCount: 1_500_000 };
  const message = { serverContent: { turnComplete: true }, usageMetadata };
  (await upstream.connection()).socket.send(Buffer.from(JSON.stringify(message)));
  expect(await under.event('usageReported')).toMatchObject({
    model: 'models/gemini-3.8-live',
    turn: { totalTokens: 1_500_000 },
    total: { turns: 1, cost: 2.5 },
  });
  expect(under.proxy.sessions()[0]?.usage.cost).toBe(2.5);
});

describe('signs of life', () => {
  test('a ping of the subprotocol is answered by the proxy and does not reach the service', async () => {
    await start({});
    const client = await openSession('ana');
    client.send({ colloquy: { ping: 7 } });
    const answer = await client.until(() =>
      client.received.map(({ data }) => data.toString()).find((text) => text.includes('pong')),
    );
    expect(JSON.parse(answer)).toEqual({ colloquy: { pong: 7 } });
    expect((await upstream.connection()).messages.map(({ data }) => data.toString()).join()).not.toContain('ping');
  });

  test('more pings than a page ever sends end the session', async () => {
    await start({});
    const client = await openSession('ana');
    for (let n = 0; n < 40; n++) client.send({ colloquy: { ping: n } });
    expect(await client.closed).toMatchObject({ code: 4529 });
  });
});

describe('tickets of open sessions', () => {
  const secret = 'a secret for tests, of more than 32 bytes';
  const person = { participantId: 'ana', name: 'Ana' };

  async function open(ticket: string): Promise<TestClient> {
    const client = await TestClient.open(under.url, { protocols: ['colloquy.live.v1', `ticket.${ticket}`] });
    client.send({ setup: defaultSetup });
    await client.message(0);
    return client;
  }
  const notice = (client: TestClient, code: string) =>
    client.until(() => (noticesOf(client).includes(code) ? true : undefined));

  test('revoking one ends the sessions that it opened, and no others', async () => {
    const tickets = createTickets({ secret });
    await start({ authenticate: tickets.authenticate });
    const first = await tickets.issue(person);
    const one = await open(first.ticket);
    const other = await open((await tickets.issue(person)).ticket);
    await tickets.revoke(first.ticketId);
    expect(await one.closed).toEqual({
      code: 4401,
      reason: 'The ticket of this session was revoked; get a new one.',
    });
    expect(other.socket.readyState).toBe(other.socket.OPEN);
  });

  test('a session that used up its only use goes on', async () => {
    const tickets = createTickets({ secret });
    await start({ authenticate: tickets.authenticate });
    const { ticket, ticketId } = await tickets.issue(person, { singleUse: true });
    const client = await open(ticket);
    expect(await tickets.isRevoked(ticketId)).toBe(false);
    await tickets.revoke(ticketId);
    expect((await client.closed).code).toBe(4401);
  });

  test('a session may end with its ticket, is told before, and is prolonged by another one of the same person', async () => {
    const store = memoryTicketStore();
    const tickets = createTickets({ secret, store });
    await start({ authenticate: tickets.authenticate, endWithTicket: true });
    const short = await tickets.issue(person, { ttlSeconds: 2 });
    const kept = await open(short.ticket);
    const lost = await open(short.ticket);
    const fresh = await tickets.issue(person, { ttlSeconds: 60 });
    kept.send({ colloquy: { ticket: fresh.ticket } });
    await notice(kept, 'ticketRefreshed');
    await notice(lost, 'ticketEnding');
    expect(await lost.closed).toEqual({ code: 4401, reason: 'The ticket of this session has ended; get a new one.' });
    expect(kept.socket.readyState).toBe(kept.socket.OPEN);
    // Nothing of it reached the service, and the new ticket is the one that counts.
    expect((await upstream.connection(0)).messages).toHaveLength(1);
    await tickets.revoke(fresh.ticketId);
    expect((await kept.closed).code).toBe(4401);
  });

  test('a ticket of somebody else, of a room or of nobody is refused, and the session goes on', async () => {
    const tickets = createTickets({ secret });
    await start({ authenticate: tickets.authenticate });
    const client = await open((await tickets.issue(person)).ticket);
    const other = await tickets.issue({ participantId: 'ben', name: 'Ben' });
    const room = await tickets.issue({ ...person, room: 'panel' });
    for (const ticket of [other.ticket, room.ticket, 'nonsense']) client.send({ colloquy: { ticket } });
    await client.until(() => noticesOf(client).length >= 3 || undefined);
    expect(noticesOf(client)).toEqual(['ticketRefused', 'ticketRefused', 'ticketRefused']);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    expect(under.logLines.join('\n')).not.toContain(other.ticket.split('.')[2]);
  });

  test('more tickets than anybody needs close with 4529, and what is no ticket with 1007', async () => {
    const tickets = createTickets({ secret });
    await start({ authenticate: tickets.authenticate });
    const { ticket } = await tickets.issue(person);
    const greedy = await open(ticket);
    for (let count = 0; count < 6; count += 1) greedy.send({ colloquy: { ticket: 'nonsense' } });
    expect((await greedy.closed).code).toBe(4529);
    const wrong = await open(ticket);
    wrong.send({ colloquy: { state: 'resumed' } });
    expect((await wrong.closed).code).toBe(1007);
  });
});
