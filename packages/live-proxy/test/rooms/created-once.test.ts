import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestRoomServer } from './room-server.ts';

const KEY = '5a0c1f9e-8a64-4c0b-9d8e-0f6b7d3c2a11';

let manager: RoomManager;
let servers: TestRoomServer[];

beforeEach(async () => {
  manager = new RoomManager({ engine: memoryEngine(), model: null });
  servers = [await TestRoomServer.start(manager), await TestRoomServer.start(manager)];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await manager.shutdown();
});

async function create(by: string, key: string | null, { name = 'Panel', server = 0 } = {}) {
  const headers = { authorization: `Bearer ${by}.speaker`, ...(key !== null && { 'idempotency-key': key }) };
  const response = await servers[server]?.post('/rooms', { name }, headers);
  if (response === undefined) throw new Error('There is no such server.');
  return { status: response.status, location: response.headers.get('location'), body: await response.json() };
}

const names = async () => (await manager.list()).rooms.map(({ name }) => name);

test('whoever asks again for the room of which the answer was lost gets that room, from any server', async () => {
  const first = await create('Ana', KEY);
  const again = await create('Ana', KEY, { server: 1 });
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(first.body);
  expect(again.location).toBe(`/rooms/${first.body.id}`);
  expect(await names()).toEqual(['Panel']);
});

test('a request that overtakes the first one makes the room once', async () => {
  const both = await Promise.all([create('Ana', KEY), create('Ana', KEY, { server: 1 })]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 201]);
  expect(new Set(both.map(({ body }) => body.id)).size).toBe(1);
});

test('another key, another person and no key are other rooms', async () => {
  await create('Ana', KEY, { name: 'first' });
  await create('Ana', `${KEY}x`, { name: 'second' });
  await create('Ben', KEY, { name: 'of Ben' });
  await create('Ana', null, { name: 'without' });
  await create('Ana', null, { name: 'without' });
  expect((await names()).sort()).toEqual(['first', 'of Ben', 'second', 'without', 'without']);
});

test.each(['', 'short', 'x'.repeat(129), 'with a space in the middle'])(
  'the key "%s" is refused, with what a key is',
  async (key) => {
    const { status, body } = await create('Ana', key);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 'ERR_INPUT',
      message: expect.stringContaining('16 to 128 visible ASCII'),
    });
    expect(await names()).toEqual([]);
  },
);
