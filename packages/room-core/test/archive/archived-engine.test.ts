import { type FakeGcs, next, startFakeGcs } from '@colloquy/fake-gcs';
import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ArchivedEngine, type ArchivedEngineOptions, archivedEngine } from '../../src/archive/index.ts';
import { indexObject, memberObject } from '../../src/archive/object-names.ts';
import { createDocument } from '../../src/archive/room-document.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { type ColdStore, memoryColdStore, memoryEngine, type RoomEngine, type RoomRecord } from '../../src/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { delegateEngine } from '../support/delegate-engine.ts';
import { lasting } from './lasting-cold-store.ts';

function open(cold: ColdStore, options: Partial<ArchivedEngineOptions> = {}) {
  const clock = new FakeClock();
  const errors: { readonly roomId: string; readonly unflushed: number }[] = [];
  const engine = archivedEngine({
    ...{ engine: memoryEngine({ now: () => clock.now() }), cold, clock },
    onError: ({ roomId, unflushed }) => errors.push({ roomId, unflushed }),
    ...options,
  });
  return { engine, clock, errors };
}

function record(id: string, changes: Partial<RoomRecord> = {}): RoomRecord {
  const times = { createdAt: 1, closedAt: null } as const;
  return { id, name: id, status: 'open', ...times, configuration: DEFAULT_ROOM_CONFIGURATION, version: 1, ...changes };
}

function text(words: string, cid?: string): NewEntry {
  const actor = { participantId: 'ana', name: 'Ana' };
  return { kind: 'msg.text', actor, body: { text: words, toModel: false }, ...(cid !== undefined && { cid }) };
}

const words = (entries: readonly LogEntry[]) =>
  entries.map((entry) => (entry.kind === 'msg.text' ? entry.body.text : entry.kind));
const all = async (engine: RoomEngine, id = 'r') => words(await engine.read(id, { from: 1, limit: 1000 }));
/** Compressing runs beside the clock. */
const stored = (engine: ArchivedEngine, seq: number) => vi.waitFor(() => expect(engine.flushed('r')).toBe(seq));
const segments = async (cold: ColdStore) => (await cold.list({ prefix: 'rooms/r/log/', limit: 100 })).objects.length;

describe('writing behind', () => {
  it('ARCH5 entries are stored when a room is idle for two seconds, at the latest after five', async () => {
    const cold = memoryColdStore();
    const { engine, clock } = open(cold);
    await engine.rooms.create(record('r'));
    await engine.append('r', text('one'));
    await clock.run(1_900);
    expect(engine.flushed('r')).toBe(0);
    await clock.run(200);
    await stored(engine, 1);
    for (let second = 0; second < 4; second += 1) {
      await engine.append('r', text(`busy ${second}`));
      await clock.run(1_000);
      expect(engine.flushed('r')).toBe(1);
    }
    await engine.append('r', text('still busy'));
    await clock.run(1_000);
    await stored(engine, 6);
    expect(await segments(cold)).toBe(2);
  });

  it('ARCH5 500 entries do not wait', async () => {
    const { engine, clock } = open(memoryColdStore());
    await engine.rooms.create(record('r'));
    for (let count = 0; count < 500; count += 1) await engine.append('r', text(String(count)));
    await clock.run(20);
    await stored(engine, 500);
  });

  it('ARCH5 a segment holds at most 256 Ki characters, or one entry', async () => {
    const cold = memoryColdStore();
    const { engine } = open(cold);
    await engine.rooms.create(record('r'));
    for (let count = 0; count < 5; count += 1) await engine.append('r', text('x'.repeat(120_000)));
    await engine.append('r', text('x'.repeat(400_000)));
    await engine.flush();
    expect(engine.flushed('r')).toBe(6);
    expect(await segments(cold)).toBe(4);
  });

  it('[25] ARCH6 while the store refuses, people write on; it catches up by itself, and says how much waits', async () => {
    const store = memoryColdStore();
    let down = false;
    const cold: ColdStore = {
      ...lasting(store),
      putIfAbsent: async (...args) => {
        if (down) throw new Error('503');
        return store.putIfAbsent(...args);
      },
    };
    const { engine, clock, errors } = open(cold);
    await engine.rooms.create(record('r'));
    down = true;
    for (let minute = 0; minute < 10; minute += 1) {
      expect(await engine.append('r', text(`minute ${minute}`))).toMatchObject({ outcome: 'appended' });
      await clock.run(60_000, 1_000);
    }
    expect(engine.flushed('r')).toBe(0);
    expect(errors.at(-1)).toEqual({ roomId: 'r', unflushed: 10 });
    // A pause that doubles to 30 s: neither silence nor a storm.
    expect(errors.length).toBeGreaterThan(18);
    expect(errors.length).toBeLessThan(30);
    down = false;
    await clock.run(30_000, 1_000);
    await stored(engine, 10);
  });

  it('ARCH6 no timer is left after closing', async () => {
    const { engine, clock } = open(memoryColdStore());
    await engine.rooms.create(record('r'));
    await engine.append('r', text('one'));
    await engine.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('ARCH6 closing waits for a store that hangs no longer than it may', async () => {
    const store = memoryColdStore();
    const cold: ColdStore = { ...lasting(store), replace: () => new Promise(() => {}) };
    const { engine, clock } = open(cold, { closeMs: 3_000 });
    await engine.rooms.create(record('r'));
    const closing = engine.close();
    await clock.run(3_000, 100);
    await closing;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('opening again', () => {
  it('ARCH7 after an orderly end everything goes on in the same epoch', async () => {
    const cold = lasting(memoryColdStore());
    const before = open(cold).engine;
    await before.rooms.create(record('r'));
    for (const n of [1, 2, 3]) await before.append('r', text(`text ${n}`, `tab:${n}`));
    await before.skip('r', 'ana', 'tab:4');
    await before.close();
    const { engine } = open(cold);
    expect(await engine.position('r')).toEqual({ epoch: 1, top: 3, epochs: [{ epoch: 1, firstSeq: 1 }] });
    expect(await all(engine)).toEqual(['text 1', 'text 2', 'text 3']);
    expect(await engine.append('r', text('again', 'tab:3'))).toMatchObject({ outcome: 'duplicate' });
    expect(await engine.append('r', text('text 5', 'tab:5'))).toMatchObject({ outcome: 'appended', entry: { seq: 4 } });
  });

  it('ARCH7 a log longer than what the engine is given is read to its first entry', async () => {
    const cold = lasting(memoryColdStore());
    const before = open(cold).engine;
    await before.rooms.create(record('r'));
    for (let seq = 1; seq <= 2_300; seq += 1) await before.append('r', text(String(seq)));
    await before.close();
    const { engine } = open(cold);
    const read = async (from: number, to: number) => words(await engine.read('r', { from, to, limit: 1000 }));
    const wanted = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
    expect(await read(1, 1000)).toEqual(wanted(1, 1000));
    expect(await read(1_250, 1_350)).toEqual(wanted(1_250, 1_350));
    expect(await read(2_290, 9_999)).toEqual(wanted(2_290, 2_300));
    expect(words(await engine.read('r', { from: 1_290, limit: 20 }))).toEqual(wanted(1_290, 1_309));
  });

  it('ARCH8 after a crash a new epoch begins behind what was stored, and says so', async () => {
    const cold = lasting(memoryColdStore());
    const before = open(cold).engine;
    await before.rooms.create(record('r'));
    await before.append('r', text('stored', 'tab:1'));
    await before.flush();
    await before.append('r', text('lost', 'tab:2'));
    // The process is gone: nobody closes anything.
    const { engine } = open(cold);
    const epochs = [
      { epoch: 1, firstSeq: 1 },
      { epoch: 2, firstSeq: 2 },
    ];
    expect(await engine.position('r')).toEqual({ epoch: 2, top: 2, epochs });
    expect(await all(engine)).toEqual(['stored', 'log.discontinuity']);
    expect(await engine.append('r', text('lost', 'tab:2'))).toMatchObject({ outcome: 'appended', entry: { seq: 3 } });
  });

  it('ARCH8 a crash after the room was awake again is noticed too, also when nothing was stored since', async () => {
    const cold = lasting(memoryColdStore());
    const first = open(cold).engine;
    await first.rooms.create(record('r'));
    await first.append('r', text('one'));
    await first.close();
    const second = open(cold).engine;
    await second.append('r', text('acknowledged, and lost'));
    const { engine } = open(cold);
    expect(await engine.position('r')).toMatchObject({ epoch: 2 });
    expect(await all(engine)).toEqual(['one', 'log.discontinuity']);
  });

  it('ARCH8 a room that was only read, or put to rest by itself, needs no new epoch after a crash', async () => {
    const cold = lasting(memoryColdStore());
    const first = open(cold);
    await first.engine.rooms.create(record('r'));
    await first.engine.append('r', text('one'));
    await first.engine.flush();
    await first.clock.run(70_000, 1_000);
    const second = open(cold).engine;
    expect(await all(second)).toEqual(['one']);
    expect(await open(cold).engine.position('r')).toMatchObject({ epoch: 1, top: 1 });
  });

  it('ARCH8 an append that comes while the room is put to rest is not taken for stored', async () => {
    const store = memoryColdStore();
    let hold: Promise<void> | null = null;
    const cold: ColdStore = {
      ...lasting(store),
      replace: async (...args) => {
        await hold;
        return store.replace(...args);
      },
    };
    const { engine, clock } = open(cold);
    await engine.rooms.create(record('r'));
    await engine.append('r', text('one'));
    await engine.flush();
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    await clock.run(61_000, 1_000);
    const late = engine.append('r', text('two'));
    await clock.run(100);
    release();
    expect(await late).toMatchObject({ outcome: 'appended' });
    expect(await open(lasting(store)).engine.position('r')).toMatchObject({ epoch: 2 });
  });

  it('ARCH9 an engine whose data is older than the store is refused with the remedy', async () => {
    const cold = lasting(memoryColdStore());
    const old = memoryEngine();
    const first = archivedEngine({ engine: delegateEngine(old, { close: async () => {} }), cold });
    await first.rooms.create(record('r'));
    await first.append('r', text('one'));
    await first.close();
    const elsewhere = open(cold).engine;
    await elsewhere.append('r', text('two'));
    await elsewhere.close();
    const back = archivedEngine({ engine: old, cold });
    await expect(back.append('r', text('three'))).rejects.toThrow(
      /data is old. Move the data folder of the engine away/,
    );
  });

  it('ARCH9 a second server that goes on with the room stops the first one’s writing, loudly', async () => {
    const cold = lasting(memoryColdStore());
    const first = open(cold);
    await first.engine.rooms.create(record('r'));
    await first.engine.append('r', text('one'));
    const second = open(cold).engine;
    await second.append('r', text('two'));
    await second.flush();
    await first.clock.run(3_000, 100);
    expect(first.errors.at(-1)).toMatchObject({ roomId: 'r' });
    await expect(first.engine.append('r', text('three'))).rejects.toThrow(/Another server goes on with room "r"/);
    expect(await all(second)).toEqual(['log.discontinuity', 'two']);
  });

  it('ARCH9 an engine that has kept its rooms is adopted, with everything in them', async () => {
    const cold = lasting(memoryColdStore());
    const kept = memoryEngine();
    await kept.rooms.create(record('r'));
    await kept.append('r', text('from before', 'tab:1'));
    const { engine } = open(cold, { engine: kept });
    expect(await engine.append('r', text('since', 'tab:2'))).toMatchObject({ outcome: 'appended' });
    await engine.close();
    const { engine: later } = open(cold);
    expect(await all(later)).toEqual(['from before', 'since']);
    expect(await later.append('r', text('again', 'tab:2'))).toMatchObject({ outcome: 'duplicate' });
  });
});

describe('two servers for a while', () => {
  it('ARCH19 of two that have read a room at rest one writes; the other keeps off, and goes on when that one is gone', async () => {
    const cold = lasting(memoryColdStore());
    const before = open(cold).engine;
    await before.rooms.create(record('r'));
    await before.append('r', text('one', 'tab:1'));
    await before.close();
    const [old, next] = [open(cold).engine, open(cold)];
    expect(await all(old)).toEqual(['one']);
    expect(await all(next.engine)).toEqual(['one']);
    expect(await old.append('r', text('two', 'tab:2'))).toMatchObject({ entry: { seq: 2, epoch: 1 } });
    await expect(next.engine.append('r', text('of the next', 'other:1'))).rejects.toThrow(/Another server goes on/);
    await old.close();
    await next.clock.run(14_000, 1_000);
    await expect(next.engine.append('r', text('of the next', 'other:1'))).rejects.toThrow(/Another server goes on/);
    await next.clock.run(1_000, 1_000);
    expect(await next.engine.append('r', text('of the next', 'other:1'))).toMatchObject({
      entry: { seq: 3, epoch: 1 },
    });
    expect(await all(next.engine)).toEqual(['one', 'two', 'of the next']);
  });

  it('ARCH19 a server that was overtaken with entries that it could not store reads the room again', async () => {
    const cold = lasting(memoryColdStore());
    const first = open(cold);
    await first.engine.rooms.create(record('r'));
    await first.engine.append('r', text('never stored', 'tab:1'));
    const second = open(cold).engine;
    await second.append('r', text('two', 'other:1'));
    await second.flush();
    await first.clock.run(3_000, 100);
    await expect(first.engine.append('r', text('three', 'tab:2'))).rejects.toThrow(/Another server goes on/);
    await second.close();
    await first.clock.run(15_000, 1_000);
    expect(await all(first.engine)).toEqual(['log.discontinuity', 'two']);
    expect(await first.engine.append('r', text('never stored', 'tab:1'))).toMatchObject({
      entry: { seq: 3, epoch: 2 },
    });
  });

  it('[26] ARCH19 a seal whose breaking was answered by silence is known as broken by oneself', async () => {
    const fake = await fakeBucket();
    const impatient = gcsColdStore({
      ...{ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' },
      retry: { firstPauseMs: 1, budgetMs: 1 },
    });
    const before = open(bucket(fake)).engine;
    await before.rooms.create(record('r'));
    await before.append('r', text('one', 'tab:1'));
    await before.close();
    const { engine } = open(lasting(impatient));
    expect(await all(engine)).toEqual(['one']);
    fake.setPlan(next('insert', { kind: 'reset-after' }, { name: /room\.json$/ }));
    await engine.append('r', text('two', 'tab:2')).catch(() => {});
    fake.setPlan(null);
    await engine.append('r', text('two', 'tab:2'));
    expect(await engine.position('r')).toMatchObject({ epoch: 1, top: 2 });
  });
});

describe('the directory', () => {
  it('ARCH10 rooms are listed without reading them, and those of one person alone', async () => {
    const fake = await fakeBucket();
    const { engine } = open(bucket(fake));
    for (const id of ['a', 'b', 'c']) await engine.rooms.create(record(id));
    const actor = { participantId: 'ana/1', name: 'Ana' };
    const body = { ...actor, role: 'speaker' } as const;
    for (const id of ['a', 'c']) await engine.append(id, { kind: 'participant.added', actor, body });
    await engine.flush();
    const { get, download } = fake.counts;
    const { rooms } = await engine.rooms.list({ limit: 10 });
    expect(rooms.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(fake.counts).toMatchObject({ get, download });
    expect((await engine.roomsOf('ana/1')).rooms.map(({ id }) => id).sort()).toEqual(['a', 'c']);
    expect(await engine.roomsOf('ana')).toEqual({ rooms: [], cursor: null });
    await engine.rooms.delete('a');
    expect((await engine.roomsOf('ana/1')).rooms.map(({ id }) => id)).toEqual(['c']);
  });

  it('ARCH10 two thousand rooms are listed with a request for 200 of them, and nothing read but what is wanted', async () => {
    const fake = await fakeBucket();
    const cold = lasting(bucket(fake));
    const names = Array.from({ length: 2_000 }, (_, index) => `room-${index}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(
        names.slice(at, at + 50).map((id, index) => {
          const metadata = { record: JSON.stringify(record(id)), version: '1' };
          const marked = cold.putIfAbsent(indexObject(1, at + index, id), new Uint8Array(0), { metadata });
          return at + index < 60
            ? Promise.all([marked, cold.putIfAbsent(memberObject('ana', id), new Uint8Array(0))])
            : marked;
        }),
      );
    }
    const { engine } = open(cold);
    for (const id of names.slice(0, 60)) {
      const document = { v: 1, record: record(id), marker: '', sealedAt: null } as const;
      await createDocument(cold, id, document);
    }
    const before = { ...fake.counts };
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await engine.rooms.list({ limit: 200, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.rooms.map(({ id }) => id));
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(names.toReversed());
    expect(fake.counts).toMatchObject({ get: before.get, download: before.download });
    expect(fake.counts.list - before.list).toBeLessThanOrEqual(20);

    const { download, list } = fake.counts;
    const page = await engine.roomsOf('ana', { limit: 20 });
    expect(page.rooms).toHaveLength(20);
    expect(fake.counts.list - list).toBe(1);
    expect(fake.counts.download - download).toBeLessThanOrEqual(21);
  }, 60_000);

  it('ARCH10 a room with long instructions is listed with all of them', async () => {
    const { engine } = open(memoryColdStore());
    const long = { ...DEFAULT_ROOM_CONFIGURATION, instructions: 'x'.repeat(20_000) };
    await engine.rooms.create(record('long', { configuration: long }));
    expect((await engine.rooms.list({ limit: 1 })).rooms).toEqual([record('long', { configuration: long })]);
  });

  it('[26] ARCH10 a room whose creation was answered by silence is created once', async () => {
    const fake = await fakeBucket();
    const { engine } = open(bucket(fake));
    fake.setPlan(next('insert', { kind: 'reset-after' }, { name: /room\.json$/ }));
    await engine.rooms.create(record('r'));
    expect(await engine.rooms.get('r')).toEqual(record('r'));
  });

  it('ARCH11 an engine that cannot restore is refused', () => {
    const { restore: _, ...engine } = delegateEngine(memoryEngine());
    expect(() => archivedEngine({ engine, cold: memoryColdStore() })).toThrow(TypeError);
  });

  it('RED8 an engine that several servers share is refused', () => {
    const engine = { ...delegateEngine(memoryEngine()), shared: true };
    expect(() => archivedEngine({ engine, cold: memoryColdStore() })).toThrow(/Other servers write to this engine/);
  });
});

async function fakeBucket(): Promise<FakeGcs> {
  const fake = await startFakeGcs();
  onTestFinished(() => fake.close());
  return fake;
}

function bucket(fake: FakeGcs): ColdStore {
  return gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test', retry: { firstPauseMs: 1 } });
}
