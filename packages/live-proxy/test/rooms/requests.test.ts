import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestRoomServer } from './room-server.ts';

let manager: RoomManager;
let server: TestRoomServer;

beforeEach(async () => {
  manager = new RoomManager({ engine: memoryEngine(), model: null });
  await manager.create({ id: 'r1', name: 'Panel' });
  server = await TestRoomServer.start(manager);
});
afterEach(async () => {
  await server.stop();
  await manager.shutdown();
});

test('a request over a socket is done, refused, or refused for its form, always under its id', async () => {
  const ana = await server.join('r1', { ticket: 'Ana.host' });
  const ben = await server.join('r1', { ticket: 'Ben.speaker' });
  await ben.until('welcome');
  ana.say({ type: 'request', id: 'q1', action: 'setRole', participantId: 'p-Ben', role: 'viewer' });
  await ana.until('done', ({ id }) => id === 'q1');
  await ben.until('presence', ({ changed }) => changed.some(({ name, role }) => name === 'Ben' && role === 'viewer'));
  ben.say({ type: 'request', id: 'q1', action: 'close' });
  expect(await ben.until('refused')).toMatchObject({ id: 'q1', code: 'ERR_NOT_ALLOWED' });
  ana.say({ type: 'request', id: 'q2', action: 'fly' } as never);
  expect(await ana.until('refused')).toMatchObject({ id: 'q2', code: 'ERR_BAD_MESSAGE', retryable: false });
});

test('requests that come too fast are refused under their ids', async () => {
  await server.stop();
  server = await TestRoomServer.start(manager, { limits: { messagesPerSecond: 1 } });
  const ana = await server.join('r1', { ticket: 'Ana.host' });
  await ana.until('welcome');
  for (const n of [1, 2, 3]) {
    ana.say({ type: 'request', id: `q${n}`, action: 'setRole', participantId: 'p-Ana', role: 'host' });
  }
  expect(await ana.until('refused')).toMatchObject({ id: 'q3', code: 'ERR_TOO_FAST', retryable: true });
});

test('PATCH changes the configuration of a room that people are in, and tells of a conflict and of what is wrong', async () => {
  const ana = await server.join('r1', { ticket: 'Ana.host' });
  await ana.until('welcome');
  const patch = (body: unknown, headers: Record<string, string> = {}) =>
    server.fetch('/rooms/r1', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const done = await patch({ version: 1, changes: { voice: 'Puck', floor: 'pick' } });
  expect(done.status).toBe(200);
  expect(await done.json()).toMatchObject({ configurationVersion: 2, configuration: { voice: 'Puck', floor: 'pick' } });
  expect(await ana.until('settings')).toMatchObject({ version: 2, by: { name: 'Ana' } });
  const late = await patch({ version: 1, changes: { voice: 'Kore' } });
  expect([late.status, await late.json()]).toMatchObject([409, { error: { code: 'ERR_ROOM_CONFLICT' } }]);
  const wrong = await patch({ version: 2, changes: { floor: 'chaos' } });
  expect([wrong.status, await wrong.json()]).toMatchObject([
    400,
    { error: { code: 'ERR_ROOM_INPUT', message: expect.stringContaining('configuration.floor "chaos"') } },
  ]);
  expect((await patch({ changes: {} })).status).toBe(400);
  const refused = await patch({ version: 2, changes: { voice: 'Kore' } }, { authorization: 'Bearer Ben.speaker' });
  expect(refused.status).toBe(403);
});

test('a closed room is reopened, and a deleted one is gone, by hosts only', async () => {
  await server.post('/rooms/r1/close', {});
  expect((await server.post('/rooms/r1/reopen', {}, { authorization: 'Bearer Ben.speaker' })).status).toBe(403);
  const reopened = await server.post('/rooms/r1/reopen', {});
  expect([reopened.status, await reopened.json()]).toMatchObject([200, { status: 'open' }]);
  const asBen = { method: 'DELETE', headers: { authorization: 'Bearer Ben.speaker' } };
  expect((await server.fetch('/rooms/r1', asBen)).status).toBe(403);
  expect((await server.fetch('/rooms/r1', { method: 'DELETE' })).status).toBe(200);
  expect((await server.fetch('/rooms/r1')).status).toBe(404);
});
