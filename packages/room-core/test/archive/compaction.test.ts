import { startFakeGcs, weather } from '@colloquy/fake-gcs';
import type { LogEntry } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { LogChain } from '../../src/archive/log-chain.ts';
import { chunkPrefix, logPrefix, segmentObject } from '../../src/archive/object-names.ts';
import type { Segment } from '../../src/archive/segment-codec.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { type ColdStore, memoryColdStore } from '../../src/index.ts';
import { random } from '../support/rough-engine.ts';
import { lasting } from './lasting-cold-store.ts';

const SEGMENTS = 100;
/** Entries of one segment. */
const EACH = 3;
const ALL = SEGMENTS * EACH;

function segmentOf(from: number, to: number, epoch: number): Segment {
  const entries = Array.from({ length: to - from + 1 }, (_, index): LogEntry => {
    const seq = from + index;
    const actor = { participantId: 'ana', name: 'Ana' };
    return { room: 'r', epoch, seq, ts: seq, kind: 'msg.text', actor, body: { text: `text ${seq}`, toModel: false } };
  });
  const clients = [{ participantId: 'ana', clientId: 'c', n: to, ts: to }];
  return { clients, epochs: [{ epoch: 1, firstSeq: 1 }], entries };
}

/** A log of many small segments, with a new epoch in the middle of them. */
async function manySegments(cold: ColdStore): Promise<LogChain> {
  const chain = new LogChain(cold, 'r');
  for (let index = 0; index < SEGMENTS; index += 1) {
    await chain.store(segmentOf(index * EACH + 1, (index + 1) * EACH, index < 20 ? 1 : 2));
  }
  return chain;
}

/** How `cold` is read and written: names of the calls. */
function counting(cold: ColdStore) {
  const reads: string[] = [];
  return {
    reads,
    cold: {
      ...lasting(cold),
      get: (name: string) => {
        reads.push(name);
        return cold.get(name);
      },
    },
  };
}

/** Dies at the `after`th write. */
function mortal(cold: ColdStore, after: number): ColdStore {
  let writes = 0;
  const write = () => {
    writes += 1;
    if (writes > after) throw new Error('killed');
  };
  return {
    ...lasting(cold),
    putIfAbsent: async (...args) => {
      write();
      return cold.putIfAbsent(...args);
    },
    replace: async (...args) => {
      write();
      return cold.replace(...args);
    },
  };
}

async function expectWhole(cold: ColdStore): Promise<void> {
  const reader = new LogChain(cold, 'r');
  await reader.refresh();
  const log = await reader.read(1, ALL * 2);
  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: ALL }, (_, index) => index + 1));
  expect(log.map(({ epoch }) => epoch)).toEqual(Array.from({ length: ALL }, (_, index) => (index < 20 * EACH ? 1 : 2)));
  expect((await reader.lastSegment())?.clients).toEqual([{ participantId: 'ana', clientId: 'c', n: ALL, ts: ALL }]);
}

const names = async (cold: ColdStore, prefix: string) =>
  (await cold.list({ prefix, limit: 1000 })).objects.map(({ name, size }) => ({ name, size }));

describe('joining the segments of a long log', () => {
  it('ARCH13 leaves the log as it was, read with few reads, and every name taken', async () => {
    const { cold, reads } = counting(memoryColdStore());
    const chain = await manySegments(cold);
    await chain.compact();
    await expectWhole(cold);
    const segments = await names(cold, logPrefix('r'));
    expect(segments).toHaveLength(SEGMENTS);
    const chunks = await names(cold, chunkPrefix('r'));
    const alone = segments.filter(({ size }) => size > 0).length;
    expect({ chunks: chunks.length, alone }).toEqual({ chunks: 2, alone: SEGMENTS - 64 });
    reads.length = 0;
    await new LogChain(cold, 'r').refresh();
    const reader = new LogChain(cold, 'r');
    await reader.refresh();
    await reader.read(1, 64 * EACH);
    expect(reads).toHaveLength(2);
    // Whose chain was there all the time reads the same.
    expect((await chain.read(1, ALL)).length).toBe(ALL);
  });

  it('ARCH13 does nothing where few segments lie alone', async () => {
    const cold = memoryColdStore();
    const chain = new LogChain(cold, 'r');
    for (let index = 0; index < 64; index += 1) await chain.store(segmentOf(index + 1, index + 1, 1));
    await chain.compact();
    expect(await names(cold, chunkPrefix('r'))).toEqual([]);
    await chain.store(segmentOf(65, 65, 1));
    await chain.compact();
    expect(await names(cold, chunkPrefix('r'))).toHaveLength(1);
  });

  it('[30] ARCH13 whenever it is killed, the log reads the same, and the next one finishes it', async () => {
    for (let after = 0; after <= 66; after += 1) {
      const cold = memoryColdStore();
      await manySegments(cold);
      const dying = new LogChain(mortal(cold, after), 'r');
      await dying.refresh();
      const done = await dying.compact().then(
        () => true,
        () => false,
      );
      expect(done, `after ${after} writes`).toBe(after >= 66);
      await expectWhole(cold);
      const next = new LogChain(cold, 'r');
      await next.refresh();
      await next.compact();
      await expectWhole(cold);
      expect(await names(cold, chunkPrefix('r')), `after ${after} writes`).toHaveLength(2);
    }
  });

  const seed = Number(process.env.COLLOQUY_SEED ?? 1);

  it(`[30] ARCH13 killed in bad weather it leaves the log as it was, too (seed ${seed})`, async () => {
    const draw = random(seed);
    const fake = await startFakeGcs({ plan: weather(seed, { resetBefore: 0.05, resetAfter: 0.1, unavailable: 0.05 }) });
    const retry = { firstPauseMs: 1, budgetMs: 60_000 };
    const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test', retry });
    try {
      await manySegments(cold);
      // Each goes on where the one before was killed.
      for (let times = 0; times < 4; times += 1) {
        const dying = new LogChain(mortal(cold, Math.floor(draw() * 20)), 'r');
        await dying.refresh();
        await dying.compact().catch(() => {});
        await expectWhole(lasting(cold));
      }
      const next = new LogChain(cold, 'r');
      await next.refresh();
      await next.compact();
      await expectWhole(lasting(cold));
      expect(await names(cold, chunkPrefix('r'))).toHaveLength(2);
    } finally {
      await cold.close();
      await fake.close();
    }
  });

  it('[30] ARCH13 somebody who has forgotten everything writes nothing twice afterwards', async () => {
    const cold = memoryColdStore();
    await (await manySegments(cold)).compact();
    const amnesiac = new LogChain(cold, 'r');
    const segment = segmentOf(1, ALL + 2, 2);
    const entries = [...segmentOf(1, 20 * EACH, 1).entries, ...segment.entries.slice(20 * EACH)];
    const result = await amnesiac.store({ ...segment, entries });
    expect(result).toMatchObject({ outcome: 'stored', tip: { last: ALL + 2 } });
    const reader = new LogChain(cold, 'r');
    await reader.refresh();
    const log = await reader.read(1, ALL * 2);
    expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: ALL + 2 }, (_, index) => index + 1));
  });

  it('[31] ARCH13 a reader that pages meanwhile misses nothing and sees nothing twice', async () => {
    const fake = await startFakeGcs();
    const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' });
    try {
      const chain = await manySegments(cold);
      const reader = new LogChain(cold, 'r');
      await reader.refresh();
      const compacted = chain.compact();
      const draw = random(7);
      for (let page = 0; page < 30; page += 1) {
        const from = 1 + Math.floor(draw() * ALL);
        const to = Math.min(ALL, from + Math.floor(draw() * 60));
        const log = await reader.read(from, to);
        expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: to - from + 1 }, (_, index) => from + index));
      }
      await compacted;
      await expectWhole(lasting(cold));
    } finally {
      await cold.close();
      await fake.close();
    }
  });

  it('[27] ARCH13 of two who join at once, neither loses anything', async () => {
    const cold = memoryColdStore();
    await manySegments(cold);
    const two = [new LogChain(cold, 'r'), new LogChain(cold, 'r')];
    await Promise.all(two.map((chain) => chain.refresh()));
    await Promise.all(two.map((chain) => chain.compact()));
    await expectWhole(cold);
    for (const chain of two) expect(await chain.read(1, ALL)).toHaveLength(ALL);
  });

  it('[33] ARCH13 a segment that is damaged is never buried, and the others are joined', async () => {
    const cold = memoryColdStore();
    const chain = await manySegments(cold);
    const object = await cold.stat(segmentObject('r', 1 + 5 * EACH));
    await cold.replace(object?.name ?? '', new TextEncoder().encode('damaged'), object?.version ?? '', {
      metadata: object?.metadata ?? {},
    });
    await chain.compact();
    const alone = (await names(cold, logPrefix('r'))).filter(({ size }) => size > 0);
    expect(alone.map(({ name }) => name)).toContain(object?.name);
    // What lies around it is joined as always.
    expect(await names(cold, chunkPrefix('r'))).toHaveLength(2);
    const reader = new LogChain(cold, 'r');
    await reader.refresh();
    const unreadable = (await reader.read(1, ALL)).filter(({ kind }) => kind === 'log.unreadable');
    expect(unreadable.map(({ seq }) => seq)).toEqual([16, 17, 18]);
  });

  it('ARCH3 a log is deleted with its chunks', async () => {
    const cold = memoryColdStore();
    const chain = await manySegments(cold);
    await chain.compact();
    await new LogChain(cold, 'r').delete();
    expect(await names(cold, 'rooms/')).toEqual([]);
  });
});
