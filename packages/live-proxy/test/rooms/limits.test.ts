import { type MediaKind, type RoomServerMessage, serializeMediaFrame } from '@colloquy/live-protocol';
import { FakeClock } from '@colloquy/room-core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RoomServerLimits } from '../../src/rooms/index.ts';
import { type RoomClient, TestRoomServer } from './room-server.ts';
import { ScriptedRooms } from './scripted-rooms.ts';

let rooms: ScriptedRooms;
let clock: FakeClock;
let server: TestRoomServer;

async function start(limits: Partial<RoomServerLimits> = {}): Promise<void> {
  rooms = new ScriptedRooms();
  clock = new FakeClock();
  server = await TestRoomServer.start(rooms, { clock, limits });
}

beforeEach(() => start());
afterEach(() => server.stop());

test('texts over the rate are refused so that the client can try again', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  publish(client, 1, 25);
  await client.settled();
  expect(connection.messages).toHaveLength(20);
  const nacks = client.messages.filter((message) => message.type === 'nack');
  expect(nacks).toHaveLength(5);
  expect(nacks[0]).toEqual({
    type: 'nack',
    cid: 'tab1:21',
    code: 'ERR_TOO_FAST',
    message: 'You send too fast; try again in a second.',
    retryable: true,
  });
  clock.advance(1_000);
  publish(client, 21, 10);
  await client.settled();
  expect(connection.messages).toHaveLength(30);
});

test('other messages over the rate are refused with a word', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  for (let t = 0; t < 50; t += 1) client.say({ type: 'ping', t });
  await client.settled();
  expect(connection.messages).toHaveLength(40);
  expect(client.messages.filter((message) => message.type === 'error')).toHaveLength(10);
});

test('a flood is closed with a code that says to slow down', async () => {
  const client = await server.join();
  await rooms.connection();
  for (let t = 0; t < 1_000; t += 1) client.say({ type: 'ping', t });
  expect(await client.closed).toEqual({ code: 4529, reason: 'You send too fast; slow down and connect again.' });
});

test('audio in real time passes for ever, faster audio is dropped without a word', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  for (let second = 0; second < 10; second += 1) {
    for (let frame = 0; frame < 50; frame += 1) client.sendFrame({ kind: 1 });
    await client.settled();
    clock.advance(1_000);
  }
  expect(connection.frames).toHaveLength(500);
  for (let frame = 0; frame < 200; frame += 1) client.sendFrame({ kind: 1 });
  await client.settled();
  expect(connection.frames).toHaveLength(560);
  expect(client.messages).toEqual([]);
});

test('audio is limited in bytes, too', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  for (let frame = 0; frame < 10; frame += 1) client.sendFrame({ kind: 1, payload: new Uint8Array(20_000) });
  await client.settled();
  expect(connection.frames).toHaveLength(5);
});

test('pictures are limited in number, and audio is not limited by them', async () => {
  const client = await server.join();
  const connection = await rooms.connection();
  for (let picture = 0; picture < 10; picture += 1) client.sendFrame({ kind: 3, codec: 3 });
  client.sendFrame({ kind: 1 });
  await client.settled();
  expect(connection.frames.map(({ kind }) => kind)).toEqual([3, 3, 3, 3, 1]);
});

test('a message larger than clients were told is refused for good', async () => {
  const client = await server.join();
  await rooms.connection();
  client.sendFrame({ kind: 3, codec: 3, payload: new Uint8Array(rooms.limits.maxMessageBytes) });
  expect(await client.closed).toEqual({ code: 4413, reason: expect.stringContaining('larger') });
});

test('JSON has a smaller limit than pictures', async () => {
  const client = await server.join();
  await rooms.connection();
  publish(client, 1, 1, 'x'.repeat(70_000));
  expect(await client.closed).toEqual({ code: 4413, reason: expect.stringMatching(/the most is 65536/) });
});

test('a client that answers pings stays, one that does not is dropped', async () => {
  await server.stop();
  await start({ heartbeatIntervalMs: 20_000, helloTimeoutMs: 0 });
  const client = await server.join();
  const connection = await rooms.connection();
  for (let seconds = 0; seconds < 120; seconds += 20) {
    const pinged = new Promise((resolve) => client.raw.socket.once('ping', resolve));
    clock.advance(20_000);
    await pinged;
    await client.settled();
  }
  expect(connection.disconnections).toBe(0);
  // From now on its pongs are lost.
  client.raw.socket.pong = () => {};
  client.raw.socket.pause();
  clock.advance(40_000);
  await expect.poll(() => connection.disconnections).toBe(1);
});

test('scenario 37: a client that does not read loses pictures and audio, then its place, and nobody else notices', async () => {
  const fine = await server.join();
  const slow = await server.join('r1', { ticket: 'Ben' });
  const connection = await rooms.connection(1);
  await slow.settled();
  slow.raw.socket.pause();
  const picture = frameOf(3, 10_000);
  const audio = frameOf(2, 960);
  const message: RoomServerMessage = { type: 'error', code: 'x', message: 'y'.repeat(10_000) };
  const text = JSON.stringify(message);
  for (let sent = 0; sent < 2_000; sent += 1) {
    connection.port.sendMedia(picture);
    connection.port.sendMedia(audio);
    connection.port.send(message, text);
    // A round trip of somebody else: the server goes on with its work meanwhile.
    if (sent % 20 === 0) await fine.settled();
  }
  slow.raw.socket.resume();
  expect(await slow.closed).toEqual({ code: 4508, reason: expect.stringMatching(/More than 1048576 bytes wait/) });
  const count = (kind: number) => slow.frames.filter((frame) => frame.kind === kind).length;
  const texts = slow.messages.length;
  expect(count(3)).toBeLessThan(texts);
  expect(count(2)).toBeLessThan(texts);
  await expect.poll(() => connection.disconnections).toBe(1);
});

test('a client from which nothing leaves for ten seconds is closed', async () => {
  const slow = await server.join('r1', { ticket: 'Ben' });
  const connection = await rooms.connection();
  await slow.settled();
  slow.raw.socket.pause();
  const picture = frameOf(3, 100_000);
  // More than kernels buffer, less than the limit for what waits: the budget drops the rest.
  for (let sent = 0; sent < 300; sent += 1) {
    connection.port.sendMedia(picture);
    if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  clock.advance(5_000);
  clock.advance(5_000);
  clock.advance(5_000);
  slow.raw.socket.resume();
  expect((await slow.closed).code).toBe(4508);
});

function frameOf(kind: MediaKind, bytes: number): Uint8Array<ArrayBuffer> {
  const header = { kind, codec: kind === 2 ? 2 : 3, flags: 0, participant: 0, seq: 0, mediaTime: 0, turn: 0 } as const;
  return serializeMediaFrame({ ...header, payload: new Uint8Array(bytes) });
}

function publish(client: RoomClient, from: number, count: number, text = 'hi'): void {
  for (let n = from; n < from + count; n += 1) {
    client.say({ type: 'pub', cid: `tab1:${n}`, kind: 'msg.text', body: { text, toModel: false } });
  }
}
