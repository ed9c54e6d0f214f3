import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LiveProxyError } from '../../src/index.ts';
import { serveRooms } from '../../src/rooms/index.ts';
import { authenticate, ORIGIN, TestRoomServer } from './room-server.ts';
import { roomInfo, ScriptedRooms } from './scripted-rooms.ts';

let rooms: ScriptedRooms;
let server: TestRoomServer;

beforeEach(async () => {
  rooms = new ScriptedRooms();
  server = await TestRoomServer.start(rooms, { logger: rooms.logger, limits: { bodyTimeoutMs: 200 } });
});
afterEach(() => server.stop());

test('a room is created in the name of who asks, with its name and configuration, and told where it is', async () => {
  const configuration = { instructions: 'Be kind', voice: 'Puck', model: null };
  const response = await server.post('/rooms', { name: 'Panel', configuration });
  expect(response.status).toBe(201);
  expect(response.headers.get('location')).toBe('/rooms/r1');
  expect(await response.json()).toEqual(roomInfo);
  const by = { participantId: 'p-Ana', name: 'Ana' };
  expect(rooms.calls).toEqual([['create', { name: 'Panel', configuration, by }]]);
  // Who it is, is not the body's to say.
  expect((await server.post('/rooms', { name: 'Panel', by: { participantId: 'p-Ben', name: 'Ben' } })).status).toBe(
    400,
  );
});

test('rooms are listed with status, limit and cursor', async () => {
  const response = await server.fetch('/rooms?status=open&limit=20&cursor=abc');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ rooms: [{ ...roomInfo, participantCount: 2 }], cursor: 'next' });
  expect(rooms.calls).toEqual([['list', { status: 'open', limit: 20, cursor: 'abc' }]]);
});

test('one room is shown', async () => {
  const response = await server.fetch('/rooms/r1');
  expect(await response.json()).toEqual(roomInfo);
});

test('a room is closed in the name of who asks, with or without a reason', async () => {
  const by = { participantId: 'p-Ana', name: 'Ana' };
  expect((await server.post('/rooms/r1/close', { reason: 'done' })).status).toBe(200);
  expect((await server.fetch('/rooms/r1/close', { method: 'POST' })).status).toBe(200);
  expect(rooms.calls).toEqual([
    ['close', 'r1', { reason: 'done', by }],
    ['close', 'r1', { by }],
  ]);
});

test('somebody is told what they may do with a room, so that a page need not try', async () => {
  const of = async (ticket: string): Promise<unknown> => {
    const response = await server.fetch('/rooms/r1/permissions', { headers: { authorization: `Bearer ${ticket}` } });
    return response.status === 200 ? (await response.json()).permissions : response.status;
  };
  expect(await of('Ana.host')).toEqual(['read', 'join', 'configure', 'listen', 'close', 'reopen', 'delete']);
  expect(await of('Ben.speaker')).toEqual(['read', 'join']);
  expect(await of('banned')).toBe(403);
  expect((await server.fetch('/rooms/r1/permissions', { headers: { authorization: '' } })).status).toBe(401);
  expect((await server.fetch('/rooms/r1/permissions', { method: 'DELETE' })).status).toBe(405);
  expect((await server.fetch('/rooms/a%20b/permissions')).status).toBe(400);
});

test('a hook that says by an error why not is a refusal, one that fails is not', async () => {
  const picky = await TestRoomServer.start(rooms, {
    logger: rooms.logger,
    authorize: (_, { type }) => {
      if (type === 'join') throw new LiveProxyError('ERR_NOT_ALLOWED', 'Not on Sundays.');
      return type === 'read';
    },
  });
  expect(await (await picky.fetch('/rooms/r1/permissions')).json()).toEqual({ permissions: ['read'] });
  await picky.stop();
  const broken = await TestRoomServer.start(rooms, {
    logger: rooms.logger,
    authorize: () => Promise.reject(new Error('the directory at 10.0.0.7 is down')),
  });
  const response = await broken.fetch('/rooms/r1/permissions');
  expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('10.0.0.7')]);
  await broken.stop();
});

test('a log is searched, in pages', async () => {
  const response = await server.fetch('/rooms/r1/search?query=the%20river&before=9&limit=5');
  expect(await response.json()).toEqual({ hits: [], before: null });
  expect(rooms.calls).toEqual([['search', 'r1', { query: 'the river', before: 9, limit: 5 }]]);
  expect((await server.fetch('/rooms/r1/search')).status).toBe(400);
});

test('what the application keeps in a log is read by topic, in pages', async () => {
  const response = await server.fetch('/rooms/r1/app-entries?topic=board&after=9&limit=5');
  expect(await response.json()).toEqual({ entries: [], readUpTo: 0, hasMore: false });
  expect(rooms.calls).toEqual([['appEntries', 'r1', { topic: 'board', after: 9, limit: 5 }]]);
  expect((await server.fetch('/rooms/r1/app-entries')).status).toBe(400);
});

test('a room is downloaded as a file with its type and its name', async () => {
  const response = await server.fetch('/rooms/r1/export?format=webvtt&origin=5&timeZone=Europe/Prague');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="Pan__l.vtt"; filename*=UTF-8''Pan%C3%A9%22l.vtt`,
  );
  expect(await response.text()).toBe('all of it');
  expect(rooms.calls).toEqual([['export', 'r1', 'webvtt', { origin: 5, timeZone: 'Europe/Prague' }]]);
  const head = await server.fetch('/rooms/r1/export', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await server.fetch('/rooms/r1/export?format=pdf')).status).toBe(400);
  expect((await server.fetch('/rooms/none/export')).status).toBe(404);
  expect((await server.fetch('/rooms/r1/export', { headers: { authorization: '' } })).status).toBe(401);
});

test('a download that the store breaks off does not look whole, and is in the log', async () => {
  rooms.exported = (async function* () {
    yield 'half';
    throw new Error('the disk is gone');
  })();
  const response = await server.fetch('/rooms/r1/export');
  await expect(response.text()).rejects.toThrow();
  expect(rooms.logged).toEqual([expect.stringContaining('the disk is gone')]);
});

test('a client that leaves stops the reading of its download', async () => {
  let stopped = () => {};
  const gone = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  rooms.exported = (async function* () {
    try {
      for (;;) yield 'x'.repeat(100_000);
    } finally {
      stopped();
    }
  })();
  const leaving = new AbortController();
  const response = await server.fetch('/rooms/r1/export', { signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  await gone;
});

test('a download through the Web half comes in pieces as well', async () => {
  const request = new Request(`http://${server.authority}/rooms/r1/export`, {
    headers: { authorization: 'Bearer Ana.host' },
  });
  expect(await (await server.rooms.fetch(request)).text()).toBe('all of it');
});

test('hosts list recordings and download their files, nobody else does', async () => {
  expect(await (await server.fetch('/rooms/r1/recordings')).json()).toEqual({ recordings: [] });
  const response = await server.fetch('/rooms/r1/recordings/abc/mixed.wav');
  expect(response.headers.get('content-type')).toBe('audio/wav');
  expect(response.headers.get('content-length')).toBe('3');
  expect(response.headers.get('content-disposition')).toContain('filename="mixed.wav"');
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2, 3]);
  expect(rooms.calls).toEqual([
    ['recordings', 'r1'],
    ['recordingFile', 'r1', 'abc', 'mixed.wav'],
  ]);
  expect((await server.fetch('/rooms/r1/recordings/abc/other.wav')).status).toBe(404);
  for (const path of ['/rooms/r1/recordings', '/rooms/r1/recordings/abc/mixed.wav']) {
    expect((await server.fetch(path, { headers: { authorization: 'Bearer Ben.speaker' } })).status).toBe(403);
  }
});

test('history is paged forwards and backwards', async () => {
  expect((await server.fetch('/rooms/r1/history?from=5&limit=10')).status).toBe(200);
  expect((await server.fetch('/rooms/r1/history?before=9')).status).toBe(200);
  expect(rooms.calls).toEqual([
    ['history', 'r1', { from: 5, limit: 10 }],
    ['history', 'r1', { before: 9 }],
  ]);
});

test('answers are never cached and never sniffed', async () => {
  for (const response of [await server.fetch('/rooms'), await server.fetch('/rooms/none')]) {
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('vary')).toBe('Origin');
  }
});

test.each([
  ['the name is missing', { configuration: {} }, /"name" is wrong: it is missing/],
  ['the configuration is none', { name: 'x', configuration: 5 }, /"configuration" is wrong/],
  ['it is an array', [], /the body is wrong/],
  ['it is null', null, /the body is wrong/],
])('creating is refused by name when %s', async (_case, body, message) => {
  const response = await server.post('/rooms', body);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: { code: 'ERR_INPUT', message: expect.stringMatching(message) } });
  expect(rooms.calls).toEqual([]);
});

test.each([
  ['/rooms?limit=-1', /"limit"/],
  ['/rooms?status=gone', /"status".*open/],
  ['/rooms?page=2', /"page" is wrong.*cursor/],
  ['/rooms/r1/history?from=1&before=2', /exclude each other/],
  ['/rooms/r1/history?from=1.5', /"from"/],
])('the query of %s is refused', async (path, message) => {
  const response = await server.fetch(path);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: { message: string } }).error.message).toMatch(message);
});

test('what is no id is refused before any hook or room sees it', async () => {
  for (const id of ['..%2f..%2fetc', 'a%00b', 'a'.repeat(65), '$where']) {
    const response = await server.fetch(`/rooms/${id}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'ERR_ROOM_INPUT' } });
  }
  expect(rooms.calls).toEqual([]);
});

test('a body cannot change what all objects have', async () => {
  const response = await server.fetch('/rooms', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"x","__proto__":{"polluted":1},"configuration":{"__proto__":{"voice":"Puck"},"constructor":1}}',
  });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  expect(response.status).toBe(400);
});

test.each([
  ['none', 404, 'ERR_ROOM_NOT_FOUND'],
  ['closed', 409, 'ERR_ROOM_CLOSED'],
])('the room "%s" answers %i', async (id, status, code) => {
  const response = await server.fetch(`/rooms/${id}`);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});

test('a fault of the server tells nothing about itself, but is logged', async () => {
  const response = await server.fetch('/rooms/broken');
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).toContain('ERR_INTERNAL');
  expect(text).not.toMatch(/secret|at /);
  expect(rooms.logged).toEqual([expect.stringContaining('/dev/secret')]);
});

test('who is not known gets 401, who may not gets 403 with the reason', async () => {
  const anonymous = await fetch(`http://${server.authority}/rooms`);
  expect(anonymous.status).toBe(401);
  expect(anonymous.headers.get('www-authenticate')).toBe('Bearer');
  expect(await anonymous.json()).toMatchObject({ error: { code: 'ERR_NOT_AUTHENTICATED' } });

  const banned = await server.fetch('/rooms', { headers: { authorization: 'Bearer banned' } });
  expect(banned.status).toBe(403);
  expect(await banned.json()).toEqual({ error: { code: 'ERR_NOT_ALLOWED', message: 'Your account is suspended.' } });
  expect(rooms.calls).toEqual([]);
});

test('only hosts close rooms, viewers create none', async () => {
  const speaker = { authorization: 'Bearer Ben.speaker' };
  const viewer = { authorization: 'Bearer Vera.viewer' };
  expect((await server.post('/rooms/r1/close', {}, speaker)).status).toBe(403);
  expect((await server.post('/rooms', { name: 'x' }, viewer)).status).toBe(403);
  expect((await server.post('/rooms', { name: 'x' }, speaker)).status).toBe(201);
  expect((await server.fetch('/rooms/r1', { headers: viewer })).status).toBe(200);
});

test('a hook that breaks says nothing of why', async () => {
  const response = await server.fetch('/rooms', { headers: { authorization: 'Bearer boom' } });
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('10.0.0.7');
  expect(rooms.logged).toHaveLength(1);
});

test('a server that was closed leaves its path to the application, and cannot be attached again', async () => {
  const own = await TestRoomServer.start(rooms, {}, (_request, response) => response.end('the app'));
  await own.rooms.close();
  expect(await (await own.fetch('/rooms')).text()).toBe('the app');
  expect(own.http.listenerCount('upgrade')).toBe(0);
  expect(() => own.rooms.attach(own.http)).toThrow(/was closed/);
  await own.stop();
});

test('an identity that is none is a fault of the server', async () => {
  const broken = await TestRoomServer.start(rooms, {
    authenticate: () => ({ participantId: 'model', name: 'x', role: 'host' }),
    logger: rooms.logger,
  });
  expect((await broken.fetch('/rooms')).status).toBe(500);
  expect(rooms.logged).toEqual([expect.stringContaining('"model"')]);
  await broken.stop();
});

test.each([
  ['PUT', '/rooms', 'GET, HEAD, POST, OPTIONS'],
  ['PUT', '/rooms/r1', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
  ['GET', '/rooms/r1/close', 'POST, OPTIONS'],
  ['POST', '/rooms/r1/history', 'GET, HEAD, OPTIONS'],
])('%s %s is refused with the methods that are allowed', async (method, path, allow) => {
  const response = await server.fetch(path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe(allow);
});

test('HEAD is GET without a body', async () => {
  const response = await server.fetch('/rooms/r1', { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
});

test('unknown paths below the mount are ours and not there', async () => {
  const response = await server.fetch('/rooms/r1/nothing');
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'ERR_NO_SUCH_PATH' } });
});

test('a body that is no JSON, of another type, or too large is refused', async () => {
  const send = (body: string, type: string) =>
    server.fetch('/rooms', { method: 'POST', headers: { 'content-type': type }, body });
  expect((await send('{"name":', 'application/json')).status).toBe(400);
  expect((await send('name=x', 'application/x-www-form-urlencoded')).status).toBe(415);
  expect((await send('{"name":"x"}', 'application/json; charset=utf-8')).status).toBe(201);
  expect((await send(JSON.stringify({ name: 'x'.repeat(70_000) }), 'application/json')).status).toBe(413);
});

test('a body without a length is measured while it comes', async () => {
  const chunks = Array.from({ length: 100 }, () => new TextEncoder().encode('x'.repeat(1_000)));
  const body = new ReadableStream({
    pull: (controller) => {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as RequestInit;
  expect((await server.fetch('/rooms', init)).status).toBe(413);
});

test('a body that never ends is given up', async () => {
  const socket = connect(Number(server.authority.split(':')[1]), '127.0.0.1');
  socket.write(
    'POST /rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer Ana.host\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"na',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 .*ERR_BODY_TIMEOUT/s);
  await once(socket, 'close');
});

test('pages of an allowed origin may read and change', async () => {
  const preflight = await server.fetch('/rooms', {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization, content-type, idempotency-key');
  const created = await server.post('/rooms', { name: 'x' }, { origin: ORIGIN });
  expect(created.status).toBe(201);
  expect(created.headers.get('access-control-allow-origin')).toBe(ORIGIN);
});

test('pages of other origins change nothing and cannot read', async () => {
  const origin = 'https://evil.example';
  const created = await server.post('/rooms', { name: 'x' }, { origin });
  expect(created.status).toBe(403);
  expect(await created.json()).toMatchObject({ error: { code: 'ERR_ORIGIN_NOT_ALLOWED' } });
  expect((await server.fetch('/rooms/r1/close', { method: 'POST', headers: { origin: 'null' } })).status).toBe(403);
  expect(rooms.calls).toEqual([]);
  const listed = await server.fetch('/rooms', { headers: { origin } });
  expect(listed.headers.get('access-control-allow-origin')).toBeNull();
  const preflight = await server.fetch('/rooms', { method: 'OPTIONS', headers: { origin } });
  expect(preflight.headers.get('access-control-allow-methods')).toBeNull();
});

test('everything else stays with the application', async () => {
  const own = await TestRoomServer.start(rooms, {}, (_request, response) => response.end('the app'));
  expect(await (await own.fetch('/')).text()).toBe('the app');
  expect(await (await own.fetch('/roomsx')).text()).toBe('the app');
  expect((await own.fetch('/rooms')).status).toBe(200);
  await own.stop();
});

test('a Web request is answered by the same rules', async () => {
  const { fetch: answer } = { fetch: (request: Request) => server.rooms.fetch(request) };
  const headers = { authorization: 'Bearer Ana.host', 'content-type': 'application/json' };
  const created = await answer(
    new Request('http://host/rooms', { method: 'POST', headers, body: JSON.stringify({ name: 'Panel' }) }),
  );
  expect(created.status).toBe(201);
  expect(await created.json()).toEqual(roomInfo);
  expect((await answer(new Request('http://host/rooms/none', { headers }))).status).toBe(404);
  expect((await answer(new Request('http://host/elsewhere', { headers }))).status).toBe(404);
  expect((await answer(new Request('http://host/rooms'))).status).toBe(401);
});

test('a body that a parser in front has read is taken as it is', async () => {
  const own = await TestRoomServer.start(rooms, {}, async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    Object.assign(request, { body: JSON.parse(text), url: request.url?.replace('/api', '') });
    await own.rooms.handleRequest(request, response);
  });
  expect((await own.post('/api/rooms', { name: 'Panel' })).status).toBe(201);
  expect(rooms.calls).toEqual([['create', { name: 'Panel', by: { participantId: 'p-Ana', name: 'Ana' } }]]);
  await own.stop();
});

test('handleRequest leaves foreign paths alone', async () => {
  const results: boolean[] = [];
  const own = await TestRoomServer.start(rooms, {}, async (request, response) => {
    results.push(await own.rooms.handleRequest(request, response));
    response.end('not ours');
  });
  expect(await (await own.fetch('/other')).text()).toBe('not ours');
  expect(results).toEqual([false]);
  await own.stop();
});

test('options that cannot be are refused at once', () => {
  expect(() => serveRooms(rooms, { allowedOrigins: [] })).toThrow(/authenticate is missing/);
  expect(() => serveRooms(rooms, { authenticate, allowUnauthenticated: true })).toThrow(/exclude each other/);
  expect(() => serveRooms(rooms, { authenticate, allowedOrigins: ['studio.example'] })).toThrow(/studio\.example/);
  expect(() => serveRooms(rooms, { authenticate, path: 'rooms' })).toThrow(/rooms/);
  expect(() => serveRooms(rooms, { authenticate, limits: { maxBodyBytes: -1 } })).toThrow(/limits\.maxBodyBytes is -1/);
  expect(() => serveRooms(rooms, { authenticate, limits: { textPerSecond: 1 } as never })).toThrow(/textPerSecond/);
  expect(() => serveRooms(rooms, { authenticate, allowedOrigin: [ORIGIN] } as never)).toThrow(/allowedOrigin /);
});
