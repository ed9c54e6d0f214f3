import { once } from 'node:events';
import { connect } from 'node:net';
import { ROOM_SUBPROTOCOL } from '@colloquy/live-protocol';
import { FakeClock, settle } from '@colloquy/room-core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { refusalOf, TestClient } from '../support/test-client.ts';
import { ORIGIN, TestRoomServer } from './room-server.ts';
import { ScriptedRooms } from './scripted-rooms.ts';

let rooms: ScriptedRooms;
let server: TestRoomServer;
let clock: FakeClock;

beforeEach(async () => {
  rooms = new ScriptedRooms();
  clock = new FakeClock();
  server = await TestRoomServer.start(rooms, { logger: rooms.logger, clock });
});
afterEach(() => server.stop());

test('a client says hello and is in the room, with who it is and where it wants to go on', async () => {
  const client = await server.open('r1');
  expect(client.raw.socket.protocol).toBe(ROOM_SUBPROTOCOL);
  client.say({ type: 'hello', v: 1, clientId: 'tab1', resume: { epoch: 2, seq: 7 } });
  const connection = await rooms.connection();
  expect(connection.roomId).toBe('r1');
  expect(connection.client).toEqual({
    identity: { participantId: 'p-Ana', name: 'Ana', role: 'host' },
    clientId: 'tab1',
    resume: { epoch: 2, seq: 7 },
  });
  connection.tell({ type: 'model', model: { status: 'listening', turn: 0 } });
  expect(await client.until('model')).toEqual({ type: 'model', model: { status: 'listening', turn: 0 } });
});

test('messages and frames reach the room in order, also those said right after hello', async () => {
  let open = () => {};
  rooms.opening = new Promise((resolve) => {
    open = resolve;
  });
  const client = await server.join();
  client.say({ type: 'pub', cid: 'tab1:1', kind: 'msg.text', body: { text: 'one', toModel: false } });
  await client.settled();
  open();
  const connection = await rooms.connection();
  client.say({ type: 'pub', cid: 'tab1:2', kind: 'msg.text', body: { text: 'two', toModel: false } });
  client.sendFrame({ kind: 1, flags: 1, seq: 5, mediaTime: 320, payload: new Uint8Array([1, 2, 3, 4]) });
  await client.settled();
  expect(connection.messages.map((message) => message.type === 'pub' && message.body.text)).toEqual(['one', 'two']);
  expect(connection.frames).toMatchObject([{ kind: 1, flags: 1, seq: 5, mediaTime: 320 }]);
  expect([...(connection.frames[0]?.payload ?? [])]).toEqual([1, 2, 3, 4]);
});

test('media frames reach clients byte for byte', async () => {
  const [ana, ben] = [await server.join(), await server.join('r1', { ticket: 'Ben' })];
  const frame = new Uint8Array(16 + 960);
  frame.set([1, 2, 2, 0, 0, 0, 9]);
  for (const index of [0, 1]) (await rooms.connection(index)).port.sendMedia(frame);
  for (const client of [ana, ben]) {
    expect(new Uint8Array((await client.raw.message(0)).data)).toEqual(frame);
    expect(client.frames).toMatchObject([{ kind: 2, codec: 2, participant: 0, seq: 9 }]);
  }
});

test('the room is told once when the socket is gone, and not before', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  await client.settled();
  expect(connection.disconnections).toBe(0);
  client.raw.socket.terminate();
  await expect.poll(() => connection.disconnections).toBe(1);
});

test('what the room closes is closed with its code and reason, and reported back', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  connection.port.close(4410, 'The host closed the room.');
  connection.tell({ type: 'goaway', inMs: 1 });
  expect(await client.closed).toEqual({ code: 4410, reason: 'The host closed the room.' });
  expect(client.messages).toEqual([]);
  await expect.poll(() => connection.disconnections).toBe(1);
});

test('a client that leaves while its room is being opened does not stay behind in it', async () => {
  let open = () => {};
  rooms.opening = new Promise((resolve) => {
    open = resolve;
  });
  const client = await server.join();
  await client.settled();
  client.raw.socket.close();
  await client.closed;
  open();
  const connection = await rooms.connection();
  await expect.poll(() => connection.disconnections).toBe(1);
});

test.each([
  ['none', 4404, 'There is no room "none".'],
  ['closed', 4410, 'The room "closed" is closed: done.'],
  ['full', 4403, 'The room "full" is full.'],
  ['bad%20id', 4400, /no room id/],
  ['broken', 4500, 'Something went wrong on the server; try again later.'],
])('joining the room "%s" gives one clear close: %i', async (roomId, code, reason) => {
  const client = await server.join(roomId);
  expect(await client.closed).toEqual({ code, reason: expect.stringMatching(reason) });
});

test.each([
  ['', 4401, /does not know who you are/],
  ['banned', 4403, 'Your account is suspended.'],
  ['boom', 4500, /could not be checked/],
])('a browser with the ticket "%s" reads why it is turned away: %i', async (ticket, code, reason) => {
  const client = await server.open('r1', { ticket });
  expect(await client.closed).toEqual({ code, reason: expect.stringMatching(reason) });
  expect(rooms.connections).toEqual([]);
});

test('who may not join is told so', async () => {
  const strict = await TestRoomServer.start(rooms, {
    authorize: ({ role }, { type }) => type !== 'join' || role === 'host',
  });
  expect((await (await strict.join('r1', { ticket: 'Ben.speaker' })).closed).code).toBe(4403);
  await strict.join('r1', { ticket: 'Ana.host' });
  await rooms.connection();
  await strict.stop();
});

test('a page of a foreign origin is refused before the upgrade, whoever it belongs to', async () => {
  const url = `ws://${server.authority}/rooms/r1`;
  for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`]) {
    const socket = new WebSocket(url, [ROOM_SUBPROTOCOL, 'ticket.Ana.host'], { origin });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
  }
  expect(rooms.connections).toEqual([]);
});

test('upgrades that are no room are refused with HTTP', async () => {
  const at = (path: string) => refusalOf(`ws://${server.authority}${path}`, { origin: ORIGIN });
  expect(await at('/rooms/r1')).toMatchObject({ status: 400, body: expect.stringContaining(ROOM_SUBPROTOCOL) });
  expect((await at('/rooms')).status).toBe(404);
  expect((await at('/rooms/r1/close')).status).toBe(404);
  expect((await at('/elsewhere')).status).toBe(404);
});

test('upgrades of other paths are left to whoever listens for them', async () => {
  server.http.on('upgrade', (request, socket) => {
    if (request.url === '/other') socket.end('HTTP/1.1 418 I am a teapot\r\n\r\n');
  });
  expect((await refusalOf(`ws://${server.authority}/other`)).status).toBe(418);
  const client = await server.join();
  await rooms.connection();
  client.raw.socket.close();
});

test('after the undo of attach the server is as it was', async () => {
  const before = server.http.listenerCount('upgrade');
  const undo = server.rooms.attach(server.http, { path: '/salon' });
  const url = `ws://${server.authority}/salon/r1`;
  const client = await TestClient.open(url, { protocols: [ROOM_SUBPROTOCOL, 'ticket.Ana.host'], origin: ORIGIN });
  client.socket.close();
  undo();
  undo();
  expect((await refusalOf(url)).status).toBe(404);
  expect(server.http.listenerCount('upgrade')).toBe(before);
});

test('nothing said within the deadline ends the connection', async () => {
  const client = await server.open('r1');
  await client.settled();
  clock.advance(9_999);
  await client.settled();
  clock.advance(1);
  expect(await client.closed).toEqual({ code: 4400, reason: 'No "hello" came within 10000 ms; say it first.' });
});

test.each([
  ['another message', '{"type":"leave"}', /"leave"; say "hello" first/],
  ['no JSON', 'hello', /must be JSON/],
  ['null', 'null', /must be a JSON object/],
  ['an array', '[]', /must be a JSON object/],
  ['no type', '{}', /needs a "type"/],
  ['an unknown type', '{"type":"dance"}', /"type" of a "dance" message/],
  ['a wrong field', '{"type":"hello","v":1,"clientId":"a b"}', /"clientId" of a "hello" message/],
  [
    'a version that never was',
    '{"type":"hello","v":0,"clientId":"a"}',
    /"v" of "hello" is 0; this server speaks version 1/,
  ],
  ['a proto key', '{"type":"hello","v":1,"clientId":"a","resume":{"__proto__":{"seq":1}}}', /"resume/],
])('a first message that is %s ends the connection with the reason', async (_case, text, reason) => {
  const client = await server.open('r1');
  client.raw.socket.send(text);
  expect(await client.closed).toEqual({ code: 4400, reason: expect.stringMatching(reason) });
  expect(rooms.connections).toEqual([]);
});

test('a first message that is a media frame, or bytes that are none, ends the connection', async () => {
  const early = await server.open('r1');
  early.sendFrame({});
  expect((await early.closed).reason).toMatch(/say "hello" first/);
  const broken = await server.open('r1');
  broken.raw.socket.send(new Uint8Array(3));
  expect(await broken.closed).toEqual({
    code: 4400,
    reason: expect.stringMatching(/at least 16 bytes; this one has 3/),
  });
});

test('text that is not UTF-8 ends the connection with the reason', async () => {
  const client = await server.open('r1');
  client.raw.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
  expect(await client.closed).toEqual({ code: 1007, reason: 'Text messages must be UTF-8.' });
});

test('a second hello ends the connection', async () => {
  const client = await server.join();
  await rooms.connection();
  client.say({ type: 'hello', v: 1, clientId: 'tab1' });
  expect(await client.closed).toEqual({ code: 4400, reason: expect.stringContaining('said twice') });
});

test('a mistake later is answered with the name of the field; ten of them end it', async () => {
  const client = await server.join();
  await rooms.connection();
  client.raw.socket.send('{"type":"history","id":"h1","before":5,"limit":0}');
  expect(await client.until('error')).toEqual({
    type: 'error',
    code: 'ERR_BAD_MESSAGE',
    message: expect.stringMatching(/"limit" of a "history" message/),
  });
  for (let wrong = 2; wrong <= 10; wrong += 1) client.raw.socket.send('?');
  expect((await client.closed).code).toBe(4400);
});

test('a client cannot speak as the model', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  client.sendFrame({ kind: 2 });
  expect((await client.until('error')).message).toMatch(/Media kind 2 is the model/);
  expect(connection.frames).toEqual([]);
});

test('guests are told apart by their client, without giving it away', async () => {
  const open = await TestRoomServer.start(rooms, { authenticate: undefined, allowUnauthenticated: true });
  const url = `ws://${open.authority}/rooms/r1?name=%20Zoe%20`;
  for (const clientId of ['tab1', 'tab2', 'tab1']) {
    const client = await TestClient.open(url, { protocols: [ROOM_SUBPROTOCOL], origin: ORIGIN });
    client.send({ type: 'hello', v: 1, clientId });
  }
  const identities = await Promise.all([0, 1, 2].map(async (index) => (await rooms.connection(index)).client.identity));
  expect(identities[0]).toEqual({ participantId: expect.stringMatching(/^guest-.{16}$/), name: 'Zoe', role: 'host' });
  expect(new Set(identities.map(({ participantId }) => participantId)).size).toBe(2);
  expect(identities[0]?.participantId).not.toContain('tab1');
  await open.stop();
});

test('closing tells clients to go, closes who stays, and then refuses with a code that is retried', async () => {
  const [ana, ben] = [await server.join(), await server.join('r1', { ticket: 'Ben' })];
  await rooms.connection(1);
  let isClosed = false;
  const closing = server.rooms.close({ graceMs: 1_000 }).then(() => {
    isClosed = true;
  });
  const { inMs } = await ana.until('goaway');
  expect(inMs).toBeGreaterThanOrEqual(0);
  expect(inMs).toBeLessThanOrEqual(500);
  ana.raw.socket.close();
  await ana.closed;
  await settle();
  expect(isClosed).toBe(false);
  clock.advance(1_000);
  expect((await ben.closed).code).toBe(4503);
  await closing;
  expect(clock.pendingTimers).toBe(0);
});

test('closing lets the model end its answer before people are told to go, for half of the time', async () => {
  const asked: { readonly id: string; readonly ms: number; readonly task: () => void }[] = [];
  rooms.whenQuiet = (id, ms, task) => asked.push({ id, ms, task });
  const ana = await server.join();
  await rooms.connection();
  const closing = server.rooms.close({ graceMs: 1_000 });
  await ana.settled();
  expect(asked).toMatchObject([{ id: 'r1', ms: 500 }]);
  expect(ana.messages.some(({ type }) => type === 'goaway')).toBe(false);
  asked[0]?.task();
  expect((await ana.until('goaway')).inMs).toBeLessThanOrEqual(500);
  ana.raw.socket.close();
  await closing;
});

test('closing has rooms go on at other servers at once, before anybody has gone, and waits for that', async () => {
  let handedOver = (): void => {};
  rooms.handOver = () =>
    new Promise((resolve) => {
      rooms.calls.push(['handOver']);
      handedOver = resolve;
    });
  const ana = await server.join();
  await rooms.connection();
  let isClosed = false;
  const closing = server.rooms.close({ graceMs: 1_000 }).then(() => {
    isClosed = true;
  });
  expect(rooms.calls.at(-1)).toEqual(['handOver']);
  await ana.until('goaway');
  ana.raw.socket.close();
  await ana.closed;
  await settle();
  expect(isClosed).toBe(false);
  handedOver();
  await closing;
});

test('closing ends clients that were refused and do not go', async () => {
  // It says nothing after the upgrade, not even the other half of a closing handshake.
  const stubborn = connect({ port: Number(server.authority.split(':')[1]), host: '127.0.0.1', allowHalfOpen: true });
  stubborn.on('error', () => {});
  const refused = once(stubborn, 'data');
  stubborn.write(
    [
      'GET /rooms/r1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade',
      `Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\nSec-WebSocket-Version: 13`,
      `Sec-WebSocket-Protocol: ${ROOM_SUBPROTOCOL}\r\n\r\n`,
    ].join('\r\n'),
  );
  await refused;
  let isClosed = false;
  const closing = server.rooms.close({ graceMs: 0 }).then(() => {
    isClosed = true;
  });
  await settle();
  expect(isClosed).toBe(false);
  const gone = once(stubborn, 'close');
  clock.advance(1_000);
  await closing;
  stubborn.end();
  await gone;
});
