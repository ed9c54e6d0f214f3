import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { TestClient } from '../support/test-client.ts';
import { TestRoomServer } from './room-server.ts';

let manager: RoomManager;
let server: TestRoomServer;
let guest: WebSocket | undefined;

beforeEach(async () => {
  manager = new RoomManager({ engine: memoryEngine(), model: null });
  server = await TestRoomServer.start(manager);
  await manager.create({ id: 'r1', name: 'Panel', waitingRoom: true });
});
afterEach(async () => {
  guest?.terminate();
  await server.stop();
  await manager.shutdown();
});

test('whoever is new waits over the wire, is answered meanwhile, and is welcomed when a host admits them', async () => {
  const ana = await server.join();
  const ben = await server.join('r1', { ticket: 'Ben' });
  expect(await ben.until('waiting')).toEqual({ type: 'waiting', position: 1 });
  ben.say({ type: 'ping', t: 7 });
  expect(await ben.until('pong')).toMatchObject({ t: 7 });
  ben.say({ type: 'pub', cid: 'tab1:1', kind: 'msg.text', body: { text: 'said at the door', toModel: false } });
  ben.sendFrame({ kind: 1 });
  await ana.until('waitingList', ({ people }) => people.some(({ name }) => name === 'Ben'));
  ana.say({ type: 'request', id: 'a', action: 'admit', participantId: 'p-Ben' });
  await ben.until('welcome');
  await ana.until('done');
  // What was kept at the door follows.
  expect(await ben.until('ack')).toMatchObject({ cid: 'tab1:1' });
  await ana.until('entries', ({ entries }) => entries.some(({ kind }) => kind === 'msg.text'));
});

test('what is kept at the door is bounded by bytes; the rest is refused retryably', async () => {
  const ben = await server.join('r1', { ticket: 'Ben' });
  await ben.until('waiting');
  const text = 'x'.repeat(40_000);
  for (const n of [1, 2]) ben.say({ type: 'pub', cid: `tab1:${n}`, kind: 'msg.text', body: { text, toModel: false } });
  expect(await ben.until('nack')).toMatchObject({ cid: 'tab1:2', code: 'ERR_TOO_FAST', retryable: true });
});

test('whoever is refused is closed with 4403 and the reason; whoever goes is waited for no more', async () => {
  const ana = await server.join();
  const ben = await server.join('r1', { ticket: 'Ben' });
  await ana.until('waitingList', ({ people }) => people.length === 1);
  ana.say({ type: 'request', id: 'r', action: 'refuse', participantId: 'p-Ben', reason: 'Staff only' });
  expect(await ben.closed).toEqual({ code: 4403, reason: 'Staff only' });
  const cy = await server.join('r1', { ticket: 'Cy' });
  await ana.until('waitingList', ({ people }) => people[0]?.name === 'Cy');
  cy.say({ type: 'leave' });
  expect(await cy.closed).toMatchObject({ code: 1000 });
  const dan = await server.join('r1', { ticket: 'Dan' });
  await ana.until('waitingList', ({ people }) => people.length === 1 && people[0]?.name === 'Dan');
  dan.raw.socket.terminate();
  const last = () => ana.messages.findLast((message) => message.type === 'waitingList');
  while (last()?.people.length !== 0) await ana.raw.message(ana.raw.received.length);
});

test('a waiting room is made and told over REST', async () => {
  const created = await server.post('/rooms', { name: 'Doors', waitingRoom: true });
  expect(await created.json()).toMatchObject({ name: 'Doors', waitingRoom: true });
  expect((await server.post('/rooms', { name: 'Doors', waitingRoom: 'yes' })).status).toBe(400);
});

test('a Gemini client that waits gets its setupComplete when it is admitted, and its sound meanwhile is dropped', async () => {
  const ana = await server.join();
  const sam = await TestClient.open(`ws://${server.authority}/rooms/r1/live?key=Sam.speaker`);
  guest = sam.socket;
  sam.send({ setup: { model: 'models/any' } });
  // More sound than is kept for anybody.
  const audio = { data: Buffer.alloc(48_000).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
  for (let n = 0; n < 20; n += 1) sam.send({ realtimeInput: { audio } });
  sam.send({ realtimeInput: { text: 'May I?' } });
  await ana.until('waitingList', ({ people }) => people[0]?.name === 'Sam');
  expect(sam.received).toEqual([]);
  ana.say({ type: 'request', id: 'a', action: 'admit', participantId: 'p-Sam' });
  await sam.message(0);
  expect(sam.received[0]?.data.toString()).toContain('setupComplete');
  await ana.until('entries', ({ entries }) => entries.some(({ kind }) => kind === 'msg.text'));
});
