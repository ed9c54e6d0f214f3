import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomEngine } from '../src/ports/room-engine.ts';
import { RoomManager } from '../src/room-manager.ts';
import { sqliteEngine } from '../src/sqlite/index.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { Stage } from './support/stage.ts';

const actor = { participantId: 'ana', name: 'Ana' };
const append = (engine: RoomEngine, room: string, text: string) =>
  engine.append(room, { kind: 'msg.text', actor, body: { text, toModel: false } });

let close: () => Promise<void> = async () => {};
afterEach(async () => {
  await close();
  close = async () => {};
});

describe.each(['memory', 'sqlite'])('searching rooms on the %s engine', (kind) => {
  const open = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'room-search-'));
    const engine = kind === 'memory' ? memoryEngine() : sqliteEngine({ directory });
    const rooms = new RoomManager({ engine, model: null });
    close = async () => {
      await rooms.shutdown();
      await rm(directory, { recursive: true });
    };
    const { id } = await rooms.create({ name: 'Panel' });
    return { engine, rooms, id };
  };

  it('FIND1 finds entries by their words, newest first, with the words in their surroundings', async () => {
    const { engine, rooms, id } = await open();
    await append(engine, id, 'The river is wide.');
    await append(engine, id, 'Nothing of the kind.');
    await append(engine, id, 'Wide rivers, says Ana.');
    const { hits, before } = await rooms.search(id, { query: 'wide river' });
    expect(hits.map(({ entry }) => entry.seq)).toEqual([3, 1]);
    expect(hits[0]?.snippet).toEqual({
      text: 'Wide rivers, says Ana.',
      marks: [
        { start: 0, end: 4 },
        { start: 5, end: 11 },
      ],
    });
    expect(before).toBeNull();
    await rooms.close(id);
    expect((await rooms.search(id, { query: 'river' })).hits).toHaveLength(2);
  });

  it('FIND2 pages through what it finds, each entry once, whatever comes meanwhile', async () => {
    const { engine, rooms, id } = await open();
    for (let n = 1; n <= 25; n += 1) await append(engine, id, `${n % 2 ? 'odd' : 'even'} number ${n}`);
    const seen: number[] = [];
    let before: number | null | undefined;
    while (before !== null) {
      const page = await rooms.search(id, { query: 'odd', limit: 4, ...(before !== undefined && { before }) });
      seen.push(...page.hits.map(({ entry }) => entry.seq));
      before = page.before;
      await append(engine, id, 'odd too');
    }
    expect(seen).toEqual([25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1]);
  });

  it('FIND3 refuses what cannot be looked for', async () => {
    const { rooms, id } = await open();
    const input = { code: 'ERR_ROOM_INPUT' };
    await expect(rooms.search(id, { query: '?' })).rejects.toMatchObject(input);
    await expect(rooms.search(id, { query: 'x', limit: 101 })).rejects.toMatchObject(input);
    await expect(rooms.search(id, { query: 'x', before: 0 })).rejects.toMatchObject(input);
    await expect(rooms.search('../x', { query: 'x' })).rejects.toMatchObject(input);
    await expect(rooms.search('nowhere', { query: 'x' })).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
  });
});

it('FIND1 FIND3 answers the search of a client, or says why nothing can be looked for', async () => {
  const stage = await Stage.open();
  const ana = await stage.join('Ana');
  ana.say('The river is wide.');
  await settle();
  ana.connection.receive({ type: 'search', id: 's1', query: 'river', limit: 5 });
  ana.connection.receive({ type: 'search', id: 's2', query: '?', limit: 5 });
  await settle();
  const answer = (id: string) => ana.port.of('found').find((page) => page.id === id);
  expect(answer('s1')).toMatchObject({ hits: [{ entry: { kind: 'msg.text' } }], before: null });
  expect(answer('s2')).toMatchObject({ hits: [], problem: expect.stringContaining('must have a word') });
  await stage.rooms.shutdown();
});

it('FIND2 reads a log without an index a stretch at a time, and goes on', async () => {
  const engine = memoryEngine();
  const rooms = new RoomManager({ engine, model: null });
  close = () => rooms.shutdown();
  const { id } = await rooms.create({ name: 'Panel' });
  await append(engine, id, 'needle');
  for (let n = 0; n < 5_500; n += 1) await append(engine, id, 'hay');
  const first = await rooms.search(id, { query: 'needle' });
  expect(first).toEqual({ hits: [], before: 502 });
  const second = await rooms.search(id, { query: 'needle', before: 502 });
  expect(second.hits.map(({ entry }) => entry.seq)).toEqual([1]);
  expect(second.before).toBeNull();
});
