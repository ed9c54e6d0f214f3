import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServeRoomsOptions } from '../../src/rooms/index.ts';
import { authenticate, type RoomClient, TestRoomServer } from './room-server.ts';

// Failures of clients against a real room over real sockets.

let manager: RoomManager;
let server: TestRoomServer;

async function start(options: Partial<ServeRoomsOptions> = {}): Promise<void> {
  server = await TestRoomServer.start(manager, options);
}

beforeEach(async () => {
  manager = new RoomManager({ engine: memoryEngine(), model: null });
  await manager.create({ id: 'r1', name: 'Panel' });
});
afterEach(async () => {
  await server.stop();
  await manager.shutdown();
});

const write = (client: RoomClient, n: number) =>
  client.say({ type: 'pub', cid: `tab1:${n}`, kind: 'msg.text', body: { text: `text ${n}`, toModel: false } });

test('scenario 38: a flood of 1000 messages is limited, refused and closed, and the others write on meanwhile', async () => {
  await start();
  const ana = await server.join('r1', { ticket: 'Ana.host' });
  const mallory = await server.join('r1', { ticket: 'Mallory.speaker' });
  await Promise.all([ana.until('welcome'), mallory.until('welcome')]);
  for (let n = 1; n <= 1_000; n += 1) write(mallory, n);
  write(ana, 1);
  await ana.until('ack');
  expect((await mallory.closed).code).toBe(4529);
  const nacks = mallory.messages.filter(({ type }) => type === 'nack');
  expect(nacks.length).toBeGreaterThan(100);
  expect(nacks.every((nack) => nack.type === 'nack' && nack.retryable)).toBe(true);
  const { entries } = await manager.history('r1', { from: 1, limit: 500 });
  const stored = entries.filter(({ kind, actor }) => kind === 'msg.text' && actor.name === 'Mallory');
  expect(stored.length).toBeLessThanOrEqual(40);
  write(ana, 2);
  await ana.until('ack', ({ cid }) => cid === 'tab1:2');
});

test('scenario 40: whose ticket was revoked while away is refused for good, and told nothing of the room', async () => {
  const revoked = new Set<string>();
  await start({
    authenticate: (request, options) => (revoked.has(request.ticket ?? '') ? null : authenticate(request, options)),
  });
  const ben = await server.join('r1', { ticket: 'Ben.speaker' });
  const { epoch } = await ben.until('welcome');
  ben.raw.socket.terminate();
  revoked.add('Ben.speaker');
  const again = await server.open('r1', { ticket: 'Ben.speaker' });
  again.say({ type: 'hello', v: 1, clientId: 'tab1', resume: { epoch, seq: 1 } });
  expect((await again.closed).code).toBe(4401);
  expect(again.raw.received).toEqual([]);
});

test('scenario 43: a newer client is told which version counts, an older one than any that was is refused', async () => {
  await start();
  const newer = await server.open('r1');
  newer.say({ type: 'hello', v: 7, clientId: 'tab1' });
  expect((await newer.until('welcome')).v).toBe(1);
  newer.say({ type: 'teleport' } as never);
  expect(await newer.until('error')).toMatchObject({ code: 'ERR_BAD_MESSAGE' });
  newer.say({ type: 'ping', t: 1 });
  await newer.until('pong');
  const older = await server.open('r1');
  older.say({ type: 'hello', v: 0, clientId: 'tab2' });
  expect((await older.closed).code).toBe(4400);
});

test('joins from one address are limited where the server says so', async () => {
  await start({ limits: { joinsPerMinutePerAddress: 2 } });
  await (await server.join()).until('welcome');
  await (await server.join()).until('welcome');
  const third = await server.open('r1');
  expect((await third.closed).code).toBe(4529);
});
