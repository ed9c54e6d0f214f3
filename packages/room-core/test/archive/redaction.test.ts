import { gunzipSync } from 'node:zlib';
import type { NewEntry } from '@colloquy/live-protocol';
import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { type ArchivedEngineOptions, archivedEngine } from '../../src/archive/index.ts';
import { LogChain } from '../../src/archive/log-chain.ts';
import { chunkPrefix } from '../../src/archive/object-names.ts';
import { type ColdStore, memoryColdStore, memoryEngine, type RoomRecord } from '../../src/index.ts';
import { FakeClock, settle } from '../../src/testing/fake-clock.ts';
import { lasting } from './lasting-cold-store.ts';

const SECRET = 'my number is twelve';
const WORDLESS = { text: '', toModel: false, redacted: true } as const;
const ana = { participantId: 'ana', name: 'Ana' };

const record: RoomRecord = {
  ...{ id: 'r', name: 'r', status: 'open', createdAt: 1, closedAt: null, version: 1 },
  configuration: DEFAULT_ROOM_CONFIGURATION,
};
const text = (words: string): NewEntry => ({ kind: 'msg.text', actor: ana, body: { text: words, toModel: false } });

async function open(cold: ColdStore, options: Partial<ArchivedEngineOptions> = {}) {
  const clock = new FakeClock();
  return archivedEngine({ engine: memoryEngine(), cold, clock, ...options });
}

/** Everything that lies in the store, as text. */
async function everything(cold: ColdStore): Promise<string> {
  const { objects } = await cold.list({ prefix: '', limit: 1000 });
  const texts: string[] = [];
  for (const { name } of objects) {
    const stored = await cold.get(name);
    if (!stored) continue;
    const packed = name.endsWith('.gz') && stored.bytes.length > 0;
    texts.push(Buffer.from(packed ? gunzipSync(stored.bytes) : stored.bytes).toString());
  }
  return texts.join('\n');
}

/** As many segments as are joined when there are many, the secret in the fifth. */
async function manySegments(cold: ColdStore): Promise<LogChain> {
  const chain = new LogChain(cold, 'r');
  for (let seq = 1; seq <= 100; seq += 1) {
    const body = { text: seq === 5 ? SECRET : `text ${seq}`, toModel: false };
    const entry = { room: 'r', epoch: 1, seq, ts: seq, kind: 'msg.text', actor: ana, body } as const;
    await chain.store({ clients: [], epochs: [{ epoch: 1, firstSeq: 1 }], entries: [entry] });
  }
  return chain;
}

it('ARCH14 what was taken out of a log is in no object of the store, also when it waits to be stored', async () => {
  const cold = memoryColdStore();
  const engine = await open(lasting(cold));
  await engine.rooms.create(record);
  await engine.append('r', text(SECRET));
  await engine.flush();
  expect(await everything(cold)).toContain(SECRET);
  await engine.append('r', text(`${SECRET} and thirteen`));
  await engine.append('r', text('stays'));
  await engine.redact?.('r', 2, WORDLESS);
  await engine.redact?.('r', 1, WORDLESS);
  expect(await everything(cold)).not.toContain(SECRET);
  await engine.close();
  const again = await open(lasting(cold));
  const bodies = (await again.read('r', { from: 1, limit: 10 })).map(({ body }) => body);
  expect(bodies).toEqual([WORDLESS, WORDLESS, { text: 'stays', toModel: false }]);
  await again.close();
});

it('ARCH14 words are taken out of a chunk that segments were joined into', async () => {
  const cold = memoryColdStore();
  const chain = await manySegments(cold);
  await chain.compact();
  // A copy in memory, too.
  expect(JSON.stringify(await chain.read(1, 10))).toContain(SECRET);
  await chain.redact(5, WORDLESS);
  expect(await everything(cold)).not.toContain(SECRET);
  const fresh = new LogChain(cold, 'r');
  await fresh.refresh();
  for (const reader of [chain, fresh]) {
    const log = await reader.read(1, 200);
    expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(log[4]?.body).toEqual(WORDLESS);
  }
});

it('ARCH14 a chunk that somebody left unfinished does not bring the words back', async () => {
  const cold = memoryColdStore();
  const dying: ColdStore = {
    ...lasting(cold),
    replace: () => Promise.reject(new Error('killed before the first tombstone')),
  };
  const dead = await manySegments(dying);
  await expect(dead.compact()).rejects.toThrow('killed');
  expect((await cold.list({ prefix: chunkPrefix('r'), limit: 10 })).objects).toHaveLength(1);
  const chain = new LogChain(cold, 'r');
  await chain.refresh();
  await chain.redact(5, WORDLESS);
  await chain.compact();
  expect(await everything(cold)).not.toContain(SECRET);
  expect((await chain.read(5, 5))[0]?.body).toEqual(WORDLESS);
});

it('ARCH14 words that are taken out while segments are joined are not in the chunk', async () => {
  const cold = memoryColdStore();
  const chain = await manySegments(cold);
  await Promise.all([chain.compact(), chain.redact(5, WORDLESS), chain.compact()]);
  expect(await everything(cold)).not.toContain(SECRET);
});

it('ARCH14 a store that refuses refuses the redaction: nothing has changed, and it can be asked again', async () => {
  const cold = memoryColdStore();
  let down = true;
  const moody: ColdStore = {
    ...lasting(cold),
    replace: (...args) => (down ? Promise.reject(new Error('the store is down')) : cold.replace(...args)),
  };
  const engine = await open(moody);
  await engine.rooms.create(record);
  await engine.append('r', text(SECRET));
  await expect(engine.redact?.('r', 1, WORDLESS)).rejects.toThrow('the store is down');
  expect(JSON.stringify(await engine.read('r', { from: 1, limit: 1 }))).toContain(SECRET);
  down = false;
  await engine.redact?.('r', 1, WORDLESS);
  expect(await everything(cold)).not.toContain(SECRET);
  expect(JSON.stringify(await engine.read('r', { from: 1, limit: 1 }))).not.toContain(SECRET);
  await engine.close();
});

it('ARCH14 entries on their way into the store are not overtaken by their redaction', async () => {
  const cold = memoryColdStore();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: ColdStore = {
    ...lasting(cold),
    putIfAbsent: async (name, ...rest) => {
      if (name.includes('/log/')) await held;
      return cold.putIfAbsent(name, ...rest);
    },
  };
  const engine = await open(slow);
  await engine.rooms.create(record);
  await engine.append('r', text(SECRET));
  const flushed = engine.flush();
  await settle();
  const redacted = engine.redact?.('r', 1, WORDLESS);
  await settle();
  release();
  await Promise.all([flushed, redacted]);
  expect(await everything(cold)).not.toContain(SECRET);
  await engine.close();
});

it('ARCH14 where the engine before a store cannot take anything out, neither can both', async () => {
  const engine = await open(memoryColdStore(), { engine: Object.assign(memoryEngine(), { redact: undefined }) });
  expect(engine.redact).toBeUndefined();
  await engine.close();
});
