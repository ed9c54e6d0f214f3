import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { type ClientRequest, fromWebRequest } from '../client-request.ts';
import { createTickets, type TicketsOptions } from './tickets.ts';

const secret = 'a secret for tests, of more than 32 bytes';
const claims = { participantId: 'ana', name: ' Ana ' };

function withBearer(ticket: string, path = '/live'): ClientRequest {
  return fromWebRequest(new Request(`http://host${path}`, { headers: { authorization: `Bearer ${ticket}` } }));
}

function withQuery(query: string): ClientRequest {
  return fromWebRequest(new Request(`http://host/live?${query}`));
}

function make(options: Partial<TicketsOptions> = {}) {
  return createTickets({ secret, ...options });
}

describe('a ticket', () => {
  test('says who comes, with all that was signed', async () => {
    const tickets = make();
    const limits = { sessionsPerIdentity: 2 };
    const { ticket, ticketId, expiresAtMs } = await tickets.issue({
      ...claims,
      role: 'host',
      limits,
      data: { plan: 1 },
    });
    expect(await tickets.authenticate(withBearer(ticket))).toEqual({
      participantId: 'ana',
      name: 'Ana',
      role: 'host',
      room: null,
      limits,
      data: { plan: 1 },
      ticketId,
      expiresAtMs,
    });
  });

  test('is found wherever clients put it', async () => {
    const tickets = make();
    const carriers: ((ticket: string) => Request)[] = [
      (ticket) => new Request('http://host/', { headers: { 'sec-websocket-protocol': `app, ticket.${ticket}` } }),
      (ticket) => new Request('http://host/', { headers: { authorization: `bearer ${ticket}` } }),
      (ticket) => new Request('http://host/', { headers: { 'x-goog-api-key': ticket } }),
      (ticket) => new Request(`http://host/?key=${ticket}`),
      (ticket) => new Request(`http://host/?access_token=auth_tokens/${ticket}`),
    ];
    for (const carry of carriers) {
      const { ticket } = await tickets.issue(claims);
      expect(await tickets.authenticate(fromWebRequest(carry(ticket)))).toMatchObject({ participantId: 'ana' });
    }
    expect(await tickets.authenticate(withQuery('name=ana'))).toBeNull();
  });

  test('is good until its end and the tolerance, and not a second longer', async () => {
    let now = 1_000_000_000;
    const tickets = make({ now: () => now, clockToleranceSeconds: 5 });
    const { ticket } = await tickets.issue(claims, { ttlSeconds: 60 });
    now += 64_000;
    expect(await tickets.authenticate(withBearer(ticket))).not.toBeNull();
    now += 1_000;
    await expect(tickets.authenticate(withBearer(ticket))).rejects.toThrow('This ticket is over; get a new one.');
  });

  test('of a server whose clock is ahead is good within the tolerance', async () => {
    let now = 1_000_000_000;
    const tickets = make({ now: () => now, clockToleranceSeconds: 5 });
    const { ticket } = await tickets.issue(claims);
    now -= 5_000;
    expect(await tickets.authenticate(withBearer(ticket))).not.toBeNull();
    now -= 1_000;
    await expect(tickets.authenticate(withBearer(ticket))).rejects.toThrow(/from the future/);
  });

  test.each([
    ['another secret', () => createTickets({ secret: 'another secret of more than 32 bytes!' })],
    ['another audience', () => make({ audience: 'staging' })],
  ])('of a server with %s is refused', async (_, other) => {
    const { ticket } = await other().issue(claims);
    const refused = make().authenticate(withBearer(ticket));
    await expect(refused).rejects.toMatchObject({ name: 'LiveProxyError', code: 'ERR_NOT_AUTHENTICATED' });
    await expect(refused).rejects.toThrow('This is no ticket of this server');
  });

  test.each([
    'nonsense',
    'a.b.c',
    `${btoa('{"alg":"none","typ":"colloquy-ticket+jwt"}')}.${btoa('{"sub":"ana","aud":"colloquy"}')}.`,
  ])('that nobody signed is refused: %s', async (ticket) => {
    await expect(make().authenticate(withBearer(ticket))).rejects.toThrow('This is no ticket of this server');
  });

  test('whose content was changed is refused', async () => {
    const { ticket } = await make().issue(claims);
    const [header, , signature] = ticket.split('.');
    const other = (await make().issue({ ...claims, role: 'host' })).ticket.split('.')[1];
    await expect(make().authenticate(withBearer(`${header}.${other}.${signature}`))).rejects.toThrow(/no ticket/);
  });

  test('is not some other token that the same secret signed', async () => {
    const cookie = await new SignJWT({ name: 'Ana', role: 'host' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ana')
      .setJti('1')
      .setAudience('colloquy')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(secret));
    await expect(make().authenticate(withBearer(cookie))).rejects.toThrow(/no ticket/);
  });
});

describe('use', () => {
  test('outside of addresses a ticket may be used again', async () => {
    const tickets = make();
    const { ticket } = await tickets.issue(claims);
    await tickets.authenticate(withBearer(ticket));
    expect(await tickets.authenticate(withBearer(ticket))).not.toBeNull();
  });

  test.each(['key', 'access_token'])('once in the query as %s it is worthless everywhere', async (name) => {
    const tickets = make();
    const { ticket } = await tickets.issue(claims);
    await tickets.authenticate(withQuery(`${name}=${ticket}`));
    await expect(tickets.authenticate(withQuery(`${name}=${ticket}`))).rejects.toThrow('was used or revoked');
    await expect(tickets.authenticate(withBearer(ticket))).rejects.toThrow('was used or revoked');
  });

  test('of many uses at the same time one wins', async () => {
    const tickets = make();
    const { ticket } = await tickets.issue(claims);
    const attempts = Array.from({ length: 20 }, () => tickets.authenticate(withQuery(`key=${ticket}`)));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a ticket for one use is good for one anywhere', async () => {
    const tickets = make();
    const { ticket } = await tickets.issue(claims, { singleUse: true });
    await tickets.authenticate(withBearer(ticket));
    await expect(tickets.authenticate(withBearer(ticket))).rejects.toThrow('was used or revoked');
  });

  test('a wrong ticket does not use up anything', async () => {
    const added: string[] = [];
    const store = { add: (id: string) => added.push(id) > 0, has: () => false };
    const tickets = make({ store });
    const { ticket } = await make({ audience: 'other' }).issue(claims);
    await tickets.authenticate(withQuery(`key=${ticket}`)).catch(() => {});
    expect(added).toEqual([]);
  });

  test('a revoked ticket is refused, and is remembered as long as it could live', async () => {
    const remembered: number[] = [];
    let now = 1_000_000_000;
    const store = { add: (_: string, until: number) => remembered.push(until) > 0, has: () => remembered.length > 0 };
    const tickets = make({ now: () => now, store, maxTtlSeconds: 60, clockToleranceSeconds: 5 });
    const { ticket, ticketId } = await tickets.issue(claims, { ttlSeconds: 60 });
    await tickets.revoke(ticketId);
    await expect(tickets.authenticate(withBearer(ticket))).rejects.toThrow('was used or revoked');
    expect(remembered).toEqual([now + 65_000, now + 65_000]);
    now += 65_001;
    await expect(tickets.authenticate(withBearer(ticket))).rejects.toThrow('is over');
  });
});

describe('a ticket of a room', () => {
  test.each([
    ['/rooms/panel', true],
    ['//rooms/panel', true],
    ['/rooms/panel/history', true],
    ['/rooms/panel2', false],
    ['/rooms/other/panel', false],
    ['/rooms', false],
    ['/live', false],
  ])('at %s is admitted: %s', async (path, isAdmitted) => {
    const tickets = make();
    const { ticket } = await tickets.issue({ ...claims, room: 'panel' });
    const outcome = tickets.authenticate(withBearer(ticket, path));
    if (isAdmitted) expect(await outcome).toMatchObject({ room: 'panel' });
    else await expect(outcome).rejects.toMatchObject({ code: 'ERR_NOT_ALLOWED', message: /for the room panel only/ });
  });
});

describe('keys', () => {
  test('an old secret is still accepted, and the first one signs', async () => {
    const old = 'the secret of last month, 32 bytes or more';
    const { ticket } = await createTickets({ secret: old }).issue(claims);
    const both = createTickets({ secret: [secret, old] });
    expect(await both.authenticate(withBearer(ticket))).not.toBeNull();
    expect(await make().authenticate(withBearer((await both.issue(claims)).ticket))).not.toBeNull();
    await expect(make().authenticate(withBearer(ticket))).rejects.toThrow(/no ticket/);
  });

  test('a server with the public key alone checks and does not sign', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const issuer = createTickets({ key: { algorithm: 'ES256', publicKey, privateKey } });
    const checker = createTickets({ key: { algorithm: 'ES256', publicKey } });
    const { ticket } = await issuer.issue(claims);
    expect(await checker.authenticate(withBearer(ticket))).toMatchObject({ participantId: 'ana' });
    await expect(checker.issue(claims)).rejects.toThrow(/has no privateKey/);
  });

  test.each([
    [{}, /either secret/],
    [{ secret: 'short' }, /secret has 5 bytes; take 32/],
    [{ secret: [] }, /empty list/],
    [{ secret: 5 }, /must be a string or bytes, not number/],
    [{ secret, key: {} }, /either secret/],
    [{ key: { algorithm: 'HS256', publicKey: {} } }, /key.algorithm is "HS256"/],
    [{ key: { algorithm: 'ES256' } }, /key.publicKey is missing/],
    [{ secret, ttl: 5 }, /ttl is not an option; options are secret/],
    [{ secret, maxTtlSeconds: 0 }, /maxTtlSeconds is 0/],
    [{ secret, clockToleranceSeconds: -1 }, /clockToleranceSeconds is -1/],
    [{ secret, roomsPath: 'rooms' }, /is not a mount path/],
  ])('wrong options are refused (%#)', (options, message) => {
    expect(() => createTickets(options as never)).toThrow(message);
  });
});

describe('claims', () => {
  test.each([
    [{ participantId: '' }, /participantId is ""/],
    [{ participantId: 'model' }, /"model" is taken by the room/],
    [{ name: '  ' }, /name is/],
    [{ role: 'admin' }, /role is "admin"/],
    [{ room: 'a/b' }, /room is "a\/b"/],
    [{ limits: { sessions: 1 } }, /limits.sessions is not a limit/],
    [{ data: [] }, /data must be an object/],
    [{ data: { blob: 'x'.repeat(5_000) } }, /keep data small/],
  ])('that cannot be are refused where they are made (%#)', async (change, message) => {
    await expect(make().issue({ ...claims, ...change } as never)).rejects.toThrow(message);
  });

  test.each([0, 1.5, 3_601])('a life of %s seconds is refused', async (ttlSeconds) => {
    await expect(make().issue(claims, { ttlSeconds })).rejects.toThrow(/from 1 to maxTtlSeconds 3600/);
  });
});
