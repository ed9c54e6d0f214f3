import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { describe, expect, it, vi } from 'vitest';
import { archivedEngine } from '../../src/archive/index.ts';
import { type ColdStore, memoryColdStore, memoryEngine, RoomManager, type RoomRecord } from '../../src/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { lasting } from './lasting-cold-store.ts';

const DAY = 24 * 60 * 60 * 1000;

function open(cold: ColdStore, clock = new FakeClock()) {
  const errors: unknown[] = [];
  const engine = archivedEngine({
    ...{ engine: memoryEngine({ now: () => clock.now() }), cold, clock },
    onError: ({ error }) => errors.push(error),
  });
  return { engine, clock, errors };
}

function record(id: string): RoomRecord {
  const times = { createdAt: 1, closedAt: null } as const;
  return { id, name: id, status: 'open', ...times, configuration: DEFAULT_ROOM_CONFIGURATION, version: 1 };
}

const ana = { participantId: 'ana', name: 'Ana' };

/** A room with people, segments and chunks. */
async function storedRoom(cold: ColdStore, id: string): Promise<void> {
  const { engine } = open(cold);
  await engine.rooms.create(record(id));
  for (const participantId of ['ana', 'ben/2']) {
    const actor = { participantId, name: participantId };
    await engine.append(id, { kind: 'participant.added', actor, body: { ...actor, role: 'speaker' } });
  }
  for (let count = 0; count < 3; count += 1) {
    await engine.append(id, { kind: 'msg.text', actor: ana, body: { text: `text ${count}`, toModel: false } });
    await engine.flush();
  }
  await engine.close();
}

/** Dies before its `left + 1`th write; what was asked then is neither done nor answered. */
function mortal(cold: ColdStore, left: number): { readonly cold: ColdStore; readonly died: Promise<void> } {
  let die = () => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  let writes = 0;
  const alive = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    if (writes <= left) return write();
    die();
    return new Promise(() => {});
  };
  return {
    died,
    cold: {
      ...lasting(cold),
      putIfAbsent: (...args) => alive(() => cold.putIfAbsent(...args)),
      replace: (...args) => alive(() => cold.replace(...args)),
      delete: (...args) => alive(() => cold.delete(...args)),
    },
  };
}

const names = async (cold: ColdStore) =>
  (await cold.list({ prefix: '', limit: 1000 })).objects.map(({ name }) => name).sort();

describe('deleting a room from the store', () => {
  it('ARCH16 nothing is left but the word that its id is taken; another room keeps all of its own', async () => {
    const cold = lasting(memoryColdStore());
    await storedRoom(cold, 'kept');
    const before = await names(cold);
    await storedRoom(cold, 'r');
    const { engine } = open(cold);
    await engine.rooms.delete('r');
    expect(await names(cold)).toEqual([...before, 'rooms/r/room.json'].sort());
    expect((await engine.roomsOf('ben/2')).rooms.map(({ id }) => id)).toEqual(['kept']);
    await expect(engine.rooms.create(record('r'))).rejects.toMatchObject({ code: 'ERR_ROOM_EXISTS' });
    await expect(engine.rooms.delete('r')).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
  });

  it('ARCH16 whenever it is killed, the room is whole or gone, and whoever lists rooms next finishes it', async () => {
    let isDone = false;
    for (let writes = 0; !isDone; writes += 1) {
      const store = lasting(memoryColdStore());
      await storedRoom(store, 'r');
      const whole = await names(store);
      const dying = mortal(store, writes);
      const deletion = open(dying.cold).engine.rooms.delete('r');
      isDone = await Promise.race([deletion.then(() => true), dying.died.then(() => false)]);

      const { engine, errors } = open(store);
      const { rooms } = await engine.rooms.list({ limit: 10 });
      const where = `killed after ${writes} writes`;
      if (rooms.length > 0) {
        // Nothing has changed yet.
        expect(writes).toBeLessThan(2);
        expect(
          rooms.map(({ id }) => id),
          where,
        ).toEqual(['r']);
        expect(await names(store)).toEqual(whole);
        expect(await engine.read('r', { from: 1, limit: 10 })).toHaveLength(5);
        continue;
      }
      expect(rooms, where).toEqual([]);
      await vi.waitFor(async () => expect(await names(store), where).toEqual(['rooms/r/room.json']));
      expect(await engine.rooms.get('r'), where).toBeNull();
      expect((await engine.roomsOf('ana')).rooms, where).toEqual([]);
      await expect(engine.position('r'), where).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
      expect(errors, where).toEqual([]);
    }
  });

  it('ARCH16 entries on their way into the store do not come after its deletion', async () => {
    const store = lasting(memoryColdStore());
    let hold: Promise<void> | null = null;
    const cold: ColdStore = {
      ...store,
      putIfAbsent: async (name, ...args) => {
        if (name.includes('/log/')) await hold;
        return store.putIfAbsent(name, ...args);
      },
    };
    const { engine } = open(cold);
    await engine.rooms.create(record('r'));
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    await engine.append('r', { kind: 'msg.text', actor: ana, body: { text: 'late', toModel: false } });
    const flushed = engine.flush();
    const deleted = engine.rooms.delete('r');
    release();
    await Promise.all([flushed, deleted]);
    expect(await names(store)).toEqual(['rooms/r/room.json']);
  });

  it('ARCH16 a store that refuses deletes nothing, and can be asked again', async () => {
    const store = lasting(memoryColdStore());
    await storedRoom(store, 'r');
    let down = true;
    const cold: ColdStore = {
      ...store,
      replace: async (...args) => {
        if (down) throw new Error('503');
        return store.replace(...args);
      },
    };
    const { engine } = open(cold);
    await expect(engine.rooms.delete('r')).rejects.toThrow('503');
    expect(await engine.read('r', { from: 1, limit: 10 })).toHaveLength(5);
    down = false;
    await engine.rooms.delete('r');
    expect(await names(store)).toEqual(['rooms/r/room.json']);
  });
});

describe('rooms that expire', () => {
  it('ARCH17 rooms that nobody used for long are deleted from the store, in a process that never opened them', async () => {
    const cold = lasting(memoryColdStore());
    await storedRoom(cold, 'r');
    const { engine, clock } = open(cold);
    const rooms = new RoomManager({ engine, model: null, clock, expireAfterDays: 1 });
    await clock.run(2 * DAY, 3_600_000);
    await vi.waitFor(async () => expect(await names(cold)).toEqual(['rooms/r/room.json']));
    await rooms.shutdown();
  });

  it('ARCH17 a room whose server died is as old as the end of its log, not as its creation', async () => {
    const cold = lasting(memoryColdStore());
    const clock = new FakeClock();
    const before = open(cold, clock).engine;
    const createdAt = clock.now();
    for (const id of ['used', 'idle']) await before.rooms.create({ ...record(id), createdAt });
    clock.advance(9 * DAY);
    await before.append('used', { kind: 'msg.text', actor: ana, body: { text: 'yesterday', toModel: false } });
    await before.flush();
    // The process is gone: the one that was used was not put to rest.
    const later = new FakeClock({ now: clock.now() + DAY / 2 });
    const { engine } = open(cold, later);
    const idle = async (days: number) =>
      (await engine.rooms.list({ limit: 10, idleSince: later.now() - days * DAY })).rooms.map(({ id }) => id);
    expect(await idle(1)).toEqual(['idle']);
    expect(await idle(0.1)).toEqual(['idle', 'used']);
    expect(await idle(11)).toEqual([]);
  });

  it('LIFE16 a room that cannot be deleted is no reason to keep the others', async () => {
    const clock = new FakeClock();
    const engine = memoryEngine({ now: () => clock.now() });
    const rooms = new RoomManager({ engine, model: null, clock, expireAfterDays: 1 });
    const [stuck, other] = [await rooms.create({ name: 'Stuck' }), await rooms.create({ name: 'Other' })];
    const { delete: remove } = engine.rooms;
    engine.rooms.delete = async (id) => {
      if (id === stuck.id) throw new Error('503');
      return remove(id);
    };
    const errors: unknown[] = [];
    rooms.on('error', ({ error }) => errors.push(error));
    await clock.run(2 * DAY, 3_600_000);
    await expect(rooms.get(other.id)).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    await rooms.get(stuck.id);
    expect(errors.length).toBeGreaterThan(0);
    await rooms.shutdown();
  });
});
