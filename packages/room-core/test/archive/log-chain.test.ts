import { isDeepStrictEqual } from 'node:util';
import { startFakeGcs, weather } from '@colloquy/fake-gcs';
import type { LogEntry } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { LogChain } from '../../src/archive/log-chain.ts';
import { segmentObject } from '../../src/archive/object-names.ts';
import type { Segment } from '../../src/archive/segment-codec.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { type ColdStore, memoryColdStore } from '../../src/index.ts';
import { random } from '../support/rough-engine.ts';

function entryAt(seq: number, epoch = 1): LogEntry {
  const actor = { participantId: 'ana', name: 'Ana' };
  const body = { text: `text ${seq} of epoch ${epoch}`, toModel: false };
  return { room: 'r', epoch, seq, ts: 1000 + seq, kind: 'msg.text', actor, body };
}

function segmentOf(from: number, to: number, epoch = 1): Segment {
  const entries = Array.from({ length: to - from + 1 }, (_, index) => entryAt(from + index, epoch));
  return { clients: [], epochs: [{ epoch: 1, firstSeq: 1 }], entries };
}

const seqs = (entries: readonly LogEntry[]) => entries.map(({ seq }) => seq);

describe('the chain of a stored log', () => {
  it('ARCH1 segments follow each other, and any stretch is read back, also by somebody new', async () => {
    const cold = memoryColdStore();
    const chain = new LogChain(cold, 'r');
    await chain.store(segmentOf(1, 3));
    await chain.store(segmentOf(4, 4));
    await chain.store(segmentOf(5, 9));
    for (const reader of [chain, new LogChain(cold, 'r')]) {
      await reader.refresh();
      expect(reader.tip).toMatchObject({ last: 9, epoch: 1 });
      expect(seqs(await reader.read(1, 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(seqs(await reader.read(3, 5))).toEqual([3, 4, 5]);
      expect(await reader.read(10, 20)).toEqual([]);
    }
    expect((await chain.lastSegment())?.entries).toEqual(segmentOf(5, 9).entries);
  });

  it('ARCH1 what is stored already is not stored again, and the rest goes behind it', async () => {
    const cold = memoryColdStore();
    const first = new LogChain(cold, 'r');
    const late = new LogChain(cold, 'r');
    await first.store(segmentOf(1, 3));
    await first.store(segmentOf(4, 6));
    expect(await late.store(segmentOf(1, 8))).toMatchObject({ outcome: 'stored', tip: { last: 8 } });
    await first.refresh();
    expect(seqs(await first.read(1, 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('ARCH1 entries that would leave a hole are refused', async () => {
    const chain = new LogChain(memoryColdStore(), 'r');
    await chain.store(segmentOf(1, 3));
    await expect(chain.store(segmentOf(5, 6))).rejects.toThrow(/ends at 3; it cannot go on with 5/);
  });

  it('[29] ARCH2 entries of an older epoch are never written behind a newer one, nor taken for stored', async () => {
    const cold = memoryColdStore();
    const sleeper = new LogChain(cold, 'r');
    await sleeper.store(segmentOf(1, 3));
    const other = new LogChain(cold, 'r');
    await other.refresh();
    await other.store(segmentOf(4, 4, 2));
    expect(await sleeper.store(segmentOf(4, 6))).toMatchObject({ outcome: 'overtaken', tip: { last: 4, epoch: 2 } });
    expect(await sleeper.store(segmentOf(4, 4))).toMatchObject({ outcome: 'overtaken' });
    expect((await other.read(1, 100)).map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2]);
  });

  it('ARCH19 entries under whose numbers others are stored are not taken for stored', async () => {
    const cold = memoryColdStore();
    const [one, other] = [new LogChain(cold, 'r'), new LogChain(cold, 'r')];
    await one.store(segmentOf(1, 3));
    const entries = segmentOf(1, 2).entries.map((entry) => ({ ...entry, ts: entry.ts + 1 }));
    expect(await other.store({ ...segmentOf(1, 2), entries })).toMatchObject({
      outcome: 'overtaken',
      tip: { last: 3 },
    });
    expect(await new LogChain(cold, 'r').store(segmentOf(1, 2))).toMatchObject({ outcome: 'stored' });
  });

  it('ARCH2 an epoch begins with a segment of its own', async () => {
    const cold = memoryColdStore();
    const chain = new LogChain(cold, 'r');
    const entries = [...segmentOf(1, 2, 1).entries, ...segmentOf(3, 4, 2).entries];
    await chain.store({ ...segmentOf(1, 1), entries });
    const { objects } = await cold.list({ prefix: 'rooms/r/log/', limit: 10 });
    expect(objects.map(({ name }) => name)).toEqual([segmentObject('r', 1), segmentObject('r', 3)]);
    expect(chain.tip).toMatchObject({ last: 4, epoch: 2 });
  });

  it('ARCH3 a log is deleted to its last segment, and nothing of another room', async () => {
    const cold = memoryColdStore();
    for (const room of ['r', 'r2']) {
      const chain = new LogChain(cold, room);
      await chain.store(segmentOf(1, 3));
      await chain.store(segmentOf(4, 6));
    }
    await new LogChain(cold, 'r').delete();
    const { objects } = await cold.list({ prefix: 'rooms/', limit: 10 });
    expect(objects.map(({ name }) => name)).toEqual([segmentObject('r2', 1), segmentObject('r2', 4)]);
  });
});

/**
 * Three flushers without any lease write the same log at once, each with its own idea of how far it is stored, and each
 * forgetful; the service loses answers, breaks connections and refuses.
 */
async function race(
  cold: ColdStore,
  seed: number,
): Promise<{ readonly log: readonly LogEntry[]; readonly total: number }> {
  const draw = random(seed);
  const total = 60;
  const flusher = async () => {
    let chain = new LogChain(cold, 'r');
    for (;;) {
      // Amnesia: a new process knows nothing, not even what it has stored.
      if (draw() < 0.1) chain = new LogChain(cold, 'r');
      const { last } = chain.tip;
      if (last >= total) return;
      const end = Math.min(total, last + 1 + Math.floor(draw() * 8));
      await chain.store(segmentOf(last + 1, end));
    }
  };
  await Promise.all([flusher(), flusher(), flusher()]);
  const reader = new LogChain(cold, 'r');
  await reader.refresh();
  return { log: await reader.read(1, total * 2), total };
}

describe('flushers that compete', () => {
  const seeds = process.env.COLLOQUY_SEED ? [Number(process.env.COLLOQUY_SEED)] : [1, 2, 3, 4];

  it.each(seeds)(
    '[26] [27] [28] ARCH4 write each entry once, in bad weather, without a lease (seed %i)',
    async (seed) => {
      const plan = weather(seed, { resetBefore: 0.04, resetAfter: 0.12, unavailable: 0.05 });
      const fake = await startFakeGcs({ plan });
      const retry = { firstPauseMs: 1, budgetMs: 60_000 };
      const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test', retry });
      try {
        const { log, total } = await race(cold, seed);
        expect(log).toEqual(segmentOf(1, total).entries);
      } finally {
        await cold.close();
        await fake.close();
      }
    },
  );

  it('ARCH4 lose or double entries when creation is not exclusive (the control that must fail)', async () => {
    const store = memoryColdStore();
    const careless: ColdStore = {
      ...{ stat: (name) => store.stat(name), list: (options) => store.list(options) },
      ...{ replace: (...args) => store.replace(...args), delete: (...args) => store.delete(...args) },
      get: (name) => store.get(name),
      close: () => store.close(),
      putIfAbsent: async (name, bytes, options) => {
        const there = await store.stat(name);
        const object = there && (await store.replace(name, bytes, there.version, options));
        return object ? { created: true, object } : store.putIfAbsent(name, bytes, options);
      },
    };
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((seed) =>
        race(careless, seed).then(
          ({ log, total }) => isDeepStrictEqual(log, segmentOf(1, total).entries),
          () => false,
        ),
      ),
    );
    expect(outcomes).toContain(false);
  });
});
