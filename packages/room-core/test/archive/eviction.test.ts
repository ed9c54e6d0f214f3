import { DEFAULT_ROOM_CONFIGURATION, type NewEntry } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { archivedEngine } from '../../src/archive/index.ts';
import { type ColdStore, memoryColdStore, memoryEngine, RoomManager, type RoomRecord } from '../../src/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { delegateEngine } from '../support/delegate-engine.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { lasting } from './lasting-cold-store.ts';

const MINUTE = 60_000;

function record(id: string): RoomRecord {
  const times = { createdAt: 1, closedAt: null } as const;
  return { id, name: id, status: 'open', ...times, configuration: DEFAULT_ROOM_CONFIGURATION, version: 1 };
}

function text(words: string, cid: string): NewEntry {
  return { kind: 'msg.text', actor: { participantId: 'ana', name: 'Ana' }, cid, body: { text: words, toModel: false } };
}

function open(cold: ColdStore = lasting(memoryColdStore())) {
  const clock = new FakeClock();
  const front = memoryEngine({ now: () => clock.now() });
  const engine = archivedEngine({ engine: front, cold, clock });
  const inMemory = async (id: string) => (await front.rooms.get(id)) !== null;
  return { engine, front, clock, cold, inMemory };
}

it('ARCH18 a room that nobody uses leaves memory, and comes back whole, in its epoch, with the numbers of its clients', async () => {
  const { engine, clock, inMemory } = open();
  await engine.rooms.create(record('r'));
  await engine.append('r', text('one', 'tab:1'));
  await engine.append('r', text('two', 'tab:2'));
  await clock.run(5 * MINUTE, 500);
  expect(await inMemory('r')).toBe(true);
  await clock.run(7 * MINUTE, 500);
  expect(await inMemory('r')).toBe(false);
  expect(engine.metrics().rooms).toBe(0);
  expect(clock.pendingTimers).toBe(0);
  expect((await engine.rooms.list({ limit: 10 })).rooms.map(({ id }) => id)).toEqual(['r']);
  expect(await engine.rooms.get('r')).toEqual(record('r'));
  expect(await engine.append('r', text('again', 'tab:2'))).toMatchObject({ outcome: 'duplicate' });
  expect(await engine.append('r', text('three', 'tab:3'))).toMatchObject({ entry: { seq: 3, epoch: 1 } });
  expect(await engine.read('r', { from: 1, limit: 10 })).toHaveLength(3);
});

it('ARCH18 a room that people are in stays, however long they say nothing', async () => {
  const { engine, clock, inMemory } = open();
  const rooms = new RoomManager({ engine, model: null, clock });
  const { id } = await rooms.create({ name: 'Panel' });
  const ben = new SimulatedClient(() => rooms, id, 'ben');
  await ben.connect();
  await clock.run(30 * MINUTE, 1_000);
  expect(await inMemory(id)).toBe(true);
  ben.cut();
  await clock.run(15 * MINUTE, 1_000);
  expect(await inMemory(id)).toBe(false);
  await ben.connect();
  ben.say('back again');
  await clock.run(1_000);
  expect(ben.acked).toEqual(['back again']);
  await rooms.shutdown();
});

it('ARCH18 a room that somebody only listens to stays until they do not', async () => {
  const { engine, clock, inMemory } = open();
  await engine.rooms.create(record('r'));
  const stop = engine.subscribe('r', () => {});
  await clock.run(30 * MINUTE, 1_000);
  expect(await inMemory('r')).toBe(true);
  stop();
  await clock.run(15 * MINUTE, 1_000);
  expect(await inMemory('r')).toBe(false);
});

it('ARCH18 what is not stored stays in memory, as long as the store refuses', async () => {
  const store = lasting(memoryColdStore());
  let down = false;
  const cold: ColdStore = {
    ...store,
    putIfAbsent: async (...args) => {
      if (down) throw new Error('503');
      return store.putIfAbsent(...args);
    },
  };
  const { engine, clock, inMemory } = open(cold);
  await engine.rooms.create(record('r'));
  down = true;
  await engine.append('r', text('one', 'tab:1'));
  await clock.run(60 * MINUTE, 1_000);
  expect(await inMemory('r')).toBe(true);
  expect(engine.metrics()).toMatchObject({ rooms: 1, unflushed: 1 });
  expect(engine.metrics().oldestUnflushedMs).toBeGreaterThan(59 * MINUTE);
  down = false;
  await clock.run(15 * MINUTE, 1_000);
  expect(await inMemory('r')).toBe(false);
});

it('ARCH18 who comes while a room leaves memory waits for it, and misses nothing', async () => {
  const clock = new FakeClock();
  const front = memoryEngine({ now: () => clock.now() });
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = delegateEngine(front, {
    unload: async (id) => {
      await gate;
      await front.unload?.(id);
    },
  });
  const engine = archivedEngine({ engine: slow, cold: lasting(memoryColdStore()), clock });
  await engine.rooms.create(record('r'));
  await engine.append('r', text('one', 'tab:1'));
  await clock.run(12 * MINUTE, 500);
  const appended = engine.append('r', text('two', 'tab:2'));
  await clock.run(100);
  release();
  expect(await appended).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
  expect(await engine.read('r', { from: 1, limit: 10 })).toHaveLength(2);
});

it('ARCH18 ten thousand rooms one after the other take the memory of those in use', async () => {
  const { engine, front, clock } = open();
  let most = 0;
  for (let batch = 0; batch < 100; batch += 1) {
    for (let index = 0; index < 100; index += 1) {
      const id = `room-${batch}-${index}`;
      await engine.rooms.create(record(id));
      await engine.append(id, text('hello', 'tab:1'));
    }
    most = Math.max(most, engine.metrics().rooms);
    await clock.run(12 * MINUTE, MINUTE);
  }
  expect(most).toBe(100);
  expect(engine.metrics().rooms).toBe(0);
  expect((await front.rooms.list({ limit: 1 })).rooms).toEqual([]);
  expect(await engine.append('room-0-0', text('again', 'tab:2'))).toMatchObject({ entry: { seq: 2, epoch: 1 } });
});
