import { DEFAULT_ROOM_CONFIGURATION, type LogEntry, type NewEntry } from '@colloquy/live-protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryEngine } from '../memory-engine.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { RoomFeed } from './room-feed.ts';

const text = (body: string): NewEntry => ({
  kind: 'msg.text',
  actor: { participantId: 'ana', name: 'Ana' },
  body: { text: body, toModel: false },
});

describe('room feed', () => {
  let clock: FakeClock;
  let engine: RoomEngine;
  /** Whether the engine tells of the next entry. */
  let telling: boolean;
  let errors: unknown[];
  let heard: number[];

  const open = async () => {
    const feed = await RoomFeed.open({
      roomId: 'r',
      clock,
      engine: {
        rooms: engine.rooms,
        position: (room) => engine.position(room),
        append: (room, entry) => engine.append(room, entry),
        startEpoch: (room, epoch) => engine.startEpoch(room, epoch),
        skip: (...args) => engine.skip(...args),
        read: (room, options) => engine.read(room, options),
        subscribe: (room, listener) => engine.subscribe(room, (entry) => telling && listener(entry)),
        close: () => engine.close(),
      },
      onError: (error) => errors.push(error),
    });
    feed.listen(({ entry }) => heard.push(entry.seq));
    return feed;
  };
  const append = async (count = 1): Promise<LogEntry | null> => {
    let last: LogEntry | null = null;
    for (let n = 0; n < count; n += 1) {
      const result = await engine.append('r', text(`text ${n}`));
      if (result.outcome === 'appended') last = result.entry;
    }
    return last;
  };

  beforeEach(async () => {
    clock = new FakeClock();
    engine = memoryEngine();
    telling = true;
    errors = [];
    heard = [];
    const configuration = DEFAULT_ROOM_CONFIGURATION;
    await engine.rooms.create({
      id: 'r',
      name: 'R',
      status: 'open',
      createdAt: 1,
      closedAt: null,
      configuration,
      version: 1,
    });
  });

  it('LOG1 hands on every entry after its opening once and in order, whoever tells of it first', async () => {
    await append(3);
    const feed = await open();
    expect(feed).toMatchObject({ epoch: 1, top: 3 });
    const own = await append();
    if (own) feed.offer(own);
    await append();
    expect(heard).toEqual([4, 5]);
    feed.close();
    await append();
    expect(heard).toEqual([4, 5]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('LOG2 reads what the engine did not tell of as soon as the numbers jump', async () => {
    await open();
    await append();
    telling = false;
    await append(3);
    telling = true;
    await append();
    await settle();
    expect(heard).toEqual([1, 2, 3, 4, 5]);
    await append();
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('LOG3 notices within ten seconds that the last entry was lost', async () => {
    await open();
    telling = false;
    await append(2);
    await clock.run(9_900, 100);
    expect(heard).toEqual([]);
    await clock.run(100, 100);
    expect(heard).toEqual([1, 2]);
  });

  it('LOG4 says when the log cannot be read, and goes on later', async () => {
    await open();
    const { read } = engine;
    engine.read = () => Promise.reject(new Error('unreadable'));
    telling = false;
    await append();
    telling = true;
    await append();
    await settle();
    expect(errors).toMatchObject([{ message: 'unreadable' }]);
    expect(heard).toEqual([]);
    engine.read = read.bind(engine);
    await append();
    await settle();
    expect(heard).toEqual([1, 2, 3]);
  });

  it('LOG5 reads the newest thousand entries from memory and older ones from the engine', async () => {
    const feed = await open();
    await append(1_005);
    let reads = 0;
    const { read } = engine;
    engine.read = (room, options) => {
      reads += 1;
      return read.call(engine, room, options);
    };
    const seqs = async (from: number, to: number) => (await feed.read(from, to)).map(({ entry }) => entry.seq);
    expect(await seqs(1_000, 1_005)).toEqual([1_000, 1_001, 1_002, 1_003, 1_004, 1_005]);
    expect(await seqs(6, 6)).toEqual([6]);
    expect(reads).toBe(0);
    expect(await seqs(4, 7)).toEqual([4, 5, 6, 7]);
    expect((await seqs(1, 1_005)).length).toBe(1_005);
    expect(await seqs(8, 7)).toEqual([]);
    expect(reads).toBe(1 + 3);
  });

  it('LOG5 keeps at most 1 MiB of entries in memory', async () => {
    const feed = await open();
    for (let n = 0; n < 30; n += 1) await engine.append('r', text('x'.repeat(100_000)));
    let reads = 0;
    const { read } = engine;
    engine.read = (room, options) => {
      reads += 1;
      return read.call(engine, room, options);
    };
    await feed.read(22, 30);
    expect(reads).toBe(0);
    await feed.read(19, 30);
    expect(reads).toBe(1);
  });
});
