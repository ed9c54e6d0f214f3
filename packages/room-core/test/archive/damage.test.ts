import { startFakeGcs } from '@colloquy/fake-gcs';
import { DEFAULT_ROOM_CONFIGURATION, type LogEntry, type NewEntry } from '@colloquy/live-protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archivedEngine, type Damage } from '../../src/archive/index.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import {
  type ColdStore,
  memoryColdStore,
  memoryEngine,
  type RoomEngine,
  RoomManager,
  type RoomRecord,
} from '../../src/index.ts';
import { FakeClock, settle } from '../../src/testing/index.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { lasting } from './lasting-cold-store.ts';

const SEGMENTS = 6;
/** Entries of one segment. */
const EACH = 4;
const ALL = SEGMENTS * EACH;

const record: RoomRecord = {
  ...{ id: 'r', name: 'r', status: 'open', createdAt: 1, closedAt: null, version: 1 },
  configuration: DEFAULT_ROOM_CONFIGURATION,
};

function text(n: number): NewEntry {
  const actor = { participantId: 'ana', name: 'Ana' };
  return { kind: 'msg.text', actor, cid: `tab:${n}`, body: { text: `text ${n}`, toModel: false } };
}

function open(cold: ColdStore) {
  const clock = new FakeClock();
  const damages: (Damage & { readonly roomId: string })[] = [];
  const errors: unknown[] = [];
  const engine = archivedEngine({
    ...{ engine: memoryEngine({ now: () => clock.now() }), cold, clock },
    onDamage: (damage) => damages.push(damage),
    onError: ({ error }) => errors.push(error),
  });
  return { engine, clock, damages, errors };
}

/** A room that was put to rest, with a log of some segments. */
async function storedRoom(cold: ColdStore): Promise<void> {
  const { engine } = open(cold);
  await engine.rooms.create(record);
  for (let n = 1; n <= ALL; n += 1) {
    await engine.append('r', text(n));
    if (n % EACH === 0) await engine.flush();
  }
  await engine.close();
}

const segmentNames = async (cold: ColdStore) =>
  (await cold.list({ prefix: 'rooms/r/log/', limit: 100 })).objects.map(({ name }) => name);

async function overwrite(cold: ColdStore, name: string, bytes: Uint8Array): Promise<void> {
  const there = await cold.stat(name);
  if (!there) throw new Error(`${name} is not there`);
  await cold.replace(name, bytes, there.version, { metadata: there.metadata });
}

/** Ways in which an object stops being what was written; each gives it back as it was. */
const DAMAGES: Readonly<Record<string, (cold: ColdStore, name: string) => Promise<() => Promise<unknown>>>> = {
  'cut in half': async (cold, name) => {
    const whole = (await cold.get(name))?.bytes ?? new Uint8Array(0);
    await overwrite(cold, name, whole.subarray(0, whole.length >> 1));
    return () => overwrite(cold, name, whole);
  },
  'something else': async (cold, name) => {
    const whole = (await cold.get(name))?.bytes ?? new Uint8Array(0);
    await overwrite(cold, name, new TextEncoder().encode('<html>'));
    return () => overwrite(cold, name, whole);
  },
  'another segment': async (cold, name) => {
    const names = await segmentNames(cold);
    const whole = (await cold.get(name))?.bytes ?? new Uint8Array(0);
    const other = (await cold.get(names.find((each) => each !== name) ?? ''))?.bytes;
    await overwrite(cold, name, other ?? new Uint8Array(0));
    return () => overwrite(cold, name, whole);
  },
};

const seqs = (entries: readonly LogEntry[]) => entries.map(({ seq }) => seq);
const from1 = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const unreadable = (entries: readonly LogEntry[]) => entries.filter(({ kind }) => kind === 'log.unreadable');
const readAll = (engine: RoomEngine) => engine.read('r', { from: 1, limit: 1000 });

describe('[33] a store that lost an object of a log', () => {
  for (const [how, damage] of Object.entries(DAMAGES)) {
    for (const index of from1(SEGMENTS)) {
      it(`ARCH15 segment ${index} of ${SEGMENTS} is ${how}: its entries are told, all others are there, the room goes on`, async () => {
        const cold = lasting(memoryColdStore());
        await storedRoom(cold);
        const name = (await segmentNames(cold))[index - 1] ?? '';
        const mend = await damage(cold, name);
        const { engine, damages, errors } = open(cold);
        const lost = { first: (index - 1) * EACH + 1, last: index * EACH };
        const log = await readAll(engine);
        expect(seqs(log)).toEqual(from1(ALL));
        expect(unreadable(log).map(({ seq, body }) => ({ seq, body }))).toEqual(
          from1(EACH).map((n) => ({ seq: lost.first + n - 1, body: lost })),
        );
        expect(damages).toMatchObject([{ roomId: 'r', name, ...lost, error: { code: 'ERR_STORE_DAMAGED' } }]);
        expect(engine.metrics().damagedEntries).toBe(EACH);
        // In the epoch it was in: nothing was lost that anybody would have to send again.
        const next = await engine.append('r', text(ALL + 1));
        expect(next).toMatchObject({ outcome: 'appended', entry: { seq: ALL + 1, epoch: 1 } });
        await readAll(engine);
        expect(damages).toHaveLength(1);
        await engine.close();
        expect(errors).toEqual([]);

        await mend();
        const mended = open(cold);
        const whole = await readAll(mended.engine);
        expect(unreadable(whole)).toEqual([]);
        expect(seqs(whole)).toEqual(from1(ALL + 1));
        expect(mended.damages).toEqual([]);
      });
    }
  }

  it('ARCH15 an object that somebody deleted is told like any other, and what follows it is there', async () => {
    const cold = lasting(memoryColdStore());
    await storedRoom(cold);
    const [, second = ''] = await segmentNames(cold);
    await cold.delete(second, (await cold.stat(second))?.version ?? '');
    const { engine, damages } = open(cold);
    expect(seqs(unreadable(await readAll(engine)))).toEqual([5, 6, 7, 8]);
    expect(damages).toMatchObject([{ name: second, first: 5, last: 8 }]);
    expect(await engine.append('r', text(ALL + 1))).toMatchObject({ outcome: 'appended', entry: { seq: ALL + 1 } });
  });

  it('ARCH15 whoever comes gets every number, and writes on', async () => {
    const cold = lasting(memoryColdStore());
    await storedRoom(cold);
    const name = (await segmentNames(cold)).at(-1) ?? '';
    await overwrite(cold, name, new Uint8Array(10));
    const { engine, clock } = open(cold);
    const rooms = new RoomManager({ engine, model: null, clock });
    const client = new SimulatedClient(() => rooms, 'r', 'ben');
    await client.connect();
    client.say('ben 1');
    for (let turn = 0; turn < 20 && !client.idle; turn += 1) await settle();
    expect(client.acked).toEqual(['ben 1']);
    const first = client.list[0]?.seq ?? 0;
    expect(seqs(client.list)).toEqual(client.list.map((_, index) => first + index));
    expect(unreadable(client.list)).toHaveLength(EACH);
    await rooms.shutdown();
  });

  it('ARCH15 without the newest object nothing is known of clients: they write on, and a text that is sent again is there twice', async () => {
    const cold = lasting(memoryColdStore());
    await storedRoom(cold);
    await overwrite(cold, (await segmentNames(cold)).at(-1) ?? '', new Uint8Array(10));
    const [next, again] = [open(cold), open(cold)];
    expect(await next.engine.append('r', text(ALL + 1))).toMatchObject({ outcome: 'appended', entry: { epoch: 1 } });
    await next.engine.close();
    // From the next segment on it is known again, as far as anybody has written since.
    expect(await again.engine.append('r', text(ALL))).toMatchObject({ outcome: 'duplicate' });
    await again.engine.close();
    const { engine } = open(cold);
    await overwrite(cold, (await segmentNames(cold)).at(-1) ?? '', new Uint8Array(10));
    expect(await engine.append('r', text(1))).toMatchObject({ outcome: 'appended' });
  });

  it('ARCH15 a store that does not answer is no damage: reading fails, and works later', async () => {
    const store = lasting(memoryColdStore());
    await storedRoom(store);
    let down = false;
    const cold: ColdStore = {
      ...store,
      get: async (name) => {
        if (down && name.includes('/log/')) throw new Error('503');
        return store.get(name);
      },
    };
    const { engine, damages } = open(cold);
    down = true;
    await expect(readAll(engine)).rejects.toThrow('503');
    down = false;
    expect(unreadable(await readAll(engine))).toEqual([]);
    expect(damages).toEqual([]);
  });

  it('ARCH15 GCS4 bytes that never have their checksum are told after three readings, not after thirty seconds', async () => {
    const fake = await startFakeGcs();
    onTestFinished(() => fake.close());
    const retry = { firstPauseMs: 1 };
    const cold = lasting(gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test', retry }));
    await storedRoom(cold);
    const third = (await segmentNames(cold))[2] ?? '';
    fake.setPlan(({ operation, name }) => (operation === 'download' && name === third ? { kind: 'corrupt' } : null));
    const { engine, damages } = open(cold);
    expect(seqs(unreadable(await readAll(engine)))).toEqual([9, 10, 11, 12]);
    expect(damages).toMatchObject([{ name: third, error: { code: 'ERR_STORE_DAMAGED' } }]);
    fake.setPlan(null);
    await engine.close();
  });
});
