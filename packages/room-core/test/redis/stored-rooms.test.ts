import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FakeGcs, startFakeGcs } from '@colloquy/fake-gcs';
import type { LogEntry } from '@colloquy/live-protocol';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ArchivedEngine, type ArchivedEngineOptions, archivedEngine } from '../../src/archive/index.ts';
import { LogChain } from '../../src/archive/log-chain.ts';
import { RoomCoreError } from '../../src/errors.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ColdStore } from '../../src/ports/cold-store.ts';
import type { AppendOptions, AppendResult } from '../../src/ports/room-engine.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { redisNode } from '../../src/redis/redis-node.ts';
import { RoomManager } from '../../src/room-manager.ts';
import { systemClock } from '../../src/system-clock.ts';
import { textEntry } from '../../src/testing/engine/entries.ts';
import { logViolations } from '../support/log-violations.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';
import { roomRecord } from '../support/room-record.ts';
import { SimulatedClient } from '../support/simulated-client.ts';

const PATIENCE = { timeout: 15_000, interval: 10 };
/** Nobody waits for a minute of silence. */
const HURRY = 100;

/** Waits a hundredth of what it is asked to. */
function hastyClock(): Clock {
  const clock = systemClock();
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() * HURRY,
    setTimer: (ms, run) => clock.setTimer(ms / HURRY, run),
  };
}

/** Gives nothing up that may take ten seconds, however slow the machine is. */
function patientClock(): Clock {
  const clock = systemClock();
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (ms, run) => clock.setTimer(ms < 10_000 ? ms : 3_600_000, run),
  };
}

describe.skipIf(whyNoRedis !== null)(`Redis before a bucket${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let redis: RedisServer;
  let direct: Redis;
  let fake: FakeGcs;
  const servers: ArchivedEngine[] = [];
  beforeEach(async () => {
    redis = await RedisServer.start();
    direct = new Redis({ ...redis.connection });
    direct.on('error', () => {});
    fake = await startFakeGcs();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    direct.disconnect();
    await redis.stop();
    await fake.close();
  });

  /** A server. Its rooms are stored and put to rest only when told, unless `flush` says otherwise. */
  const open = (options: Partial<ArchivedEngineOptions> = {}): ArchivedEngine => {
    const engine = archivedEngine({
      engine: redisEngine({ connection: redis.connection }),
      cold: bucket(),
      closeMs: 1_000,
      flush: { afterMs: 3_600_000, idleMs: 3_600_000, restMs: 0 },
      ...options,
    });
    servers.push(engine);
    return engine;
  };
  const bucket = () => gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' });
  const say = (engine: ArchivedEngine, n: number, options?: AppendOptions): Promise<AppendResult> =>
    engine.append('r', textEntry(`text ${n}`, `tab:${n}`), options);
  const logOf = async (engine: ArchivedEngine) =>
    (await engine.read('r', { from: 1, limit: 1_000 })).map((entry) =>
      entry.kind === 'msg.text' ? entry.body.text : entry.kind,
    );
  /** What the bucket alone has. */
  const storedLog = async () => {
    const chain = new LogChain(bucket(), 'r');
    const { last } = await chain.refresh();
    return (await chain.read(1, last)).map((entry) => (entry.kind === 'msg.text' ? entry.body.text : entry.kind));
  };
  const texts = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => `text ${from + index}`);
  const keysOfRoom = async () => (await direct.keys('colloquy:{r}:*')).filter((key) => !key.endsWith(':storing'));

  it('HOT1 what several servers write is stored by one of them, in one chain', async () => {
    const flushed: [string, number][] = [];
    const quick = { afterMs: 20, idleMs: 10, restMs: 0 };
    const server = (name: string) => open({ flush: quick, onFlushed: ({ seq }) => flushed.push([name, seq]) });
    const [a, b] = [server('a'), server('b')];
    await a.rooms.create(roomRecord('r'));
    for (let n = 1; n <= 20; n += 1) await say(n % 2 === 0 ? a : b, n);
    await vi.waitFor(() => expect(flushed.at(-1)?.[1]).toBe(20), PATIENCE);
    expect(new Set(flushed.map(([name]) => name))).toEqual(new Set(['a']));
    expect(a.metrics()).toMatchObject({ rooms: 1, unflushed: 0 });
    expect(b.metrics()).toMatchObject({ rooms: 0 });
    expect(await storedLog()).toEqual(texts(1, 20));
  });

  it('HOT2 another server goes on with the chain where the one that stored it is gone', async () => {
    let isDead = false;
    const cold = bucket();
    const dead: ColdStore = {
      ...methodsOf(cold),
      putIfAbsent: (...put) => (isDead ? never() : cold.putIfAbsent(...put)),
    };
    const a = open({ cold: dead, closeMs: 1 });
    const b = open({ flush: { afterMs: 100, idleMs: 100, restMs: 0 }, clock: hastyClock() });
    await a.rooms.create(roomRecord('r'));
    for (let n = 1; n <= 5; n += 1) await say(a, n);
    await a.flush();
    isDead = true;
    for (let n = 6; n <= 9; n += 1) await say(b, n);
    // As if fifteen seconds had passed without a word of it.
    await vi.waitFor(async () => {
      await direct.set('colloquy:{r}:storing', 'nobody', 'PX', 1);
      expect(b.flushed('r')).toBe(9);
    }, PATIENCE);
    expect(await storedLog()).toEqual(texts(1, 9));
  });

  it('HOT3 a Redis that lost everything: nothing that was stored is lost, and what was not is sent again (scenario 22)', async () => {
    const [a, b] = [open(), open()];
    await a.rooms.create(roomRecord('r'));
    for (let n = 1; n <= 10; n += 1) await say(a, n);
    await a.flush();
    for (let n = 11; n <= 13; n += 1) await say(b, n);
    const heard: LogEntry[] = [];
    a.subscribe('r', (entry) => heard.push(entry));
    await a.position('r');
    await direct.flushall();
    expect(await say(b, 14, { epoch: 1, minSeq: 13 })).toEqual({ outcome: 'epoch', epoch: 2 });
    expect(await b.position('r')).toMatchObject({
      ...{ epoch: 2, top: 11 },
      epochs: [
        { epoch: 1, firstSeq: 1 },
        { epoch: 2, firstSeq: 11 },
      ],
    });
    // Whoever is at the other server hears of it.
    await vi.waitFor(() => expect(heard.at(-1)?.kind).toBe('log.discontinuity'), PATIENCE);
    expect(await say(b, 10)).toMatchObject({ outcome: 'duplicate' });
    expect(await say(b, 14)).toEqual({ outcome: 'gap', expected: 11 });
    for (let n = 11; n <= 14; n += 1) expect(await say(n % 2 ? a : b, n)).toMatchObject({ outcome: 'appended' });
    expect(await logOf(a)).toEqual([...texts(1, 10), 'log.discontinuity', ...texts(11, 14)]);
    await Promise.all([a.flush(), b.flush()]);
    expect(await storedLog()).toEqual([...texts(1, 10), 'log.discontinuity', ...texts(11, 14)]);
  });

  it('HOT4 a Redis that comes back with an old state is told what the bucket has (scenario 23)', async () => {
    const a = open();
    await a.rooms.create(roomRecord('r'));
    for (let n = 1; n <= 3; n += 1) await say(a, n);
    const [data, copy] = ['appendonlydir', 'copy'].map((name) => join(redis.directory, name)) as [string, string];
    await cp(data, copy, { recursive: true });
    for (let n = 4; n <= 8; n += 1) await say(a, n);
    await a.flush();
    await say(a, 9);
    await redis.kill('SIGKILL');
    await rm(data, { recursive: true });
    await cp(copy, data, { recursive: true });
    await redis.run();
    const b = open();
    // It has seen nothing of what was lost.
    expect(await say(b, 9)).toMatchObject({ outcome: 'appended', entry: { seq: 10, epoch: 2 } });
    expect(await say(a, 8)).toMatchObject({ outcome: 'duplicate' });
    expect(await logOf(a)).toEqual([...texts(1, 8), 'log.discontinuity', 'text 9']);
  });

  it('HOT15 of a Redis that came back with an older state nothing is read before it was read back', async () => {
    const a = open();
    await a.rooms.create(roomRecord('r'));
    await say(a, 1);
    await a.flush();
    await say(a, 2);
    const keys = ['room', 'log', 'clients'].map((what) => `colloquy:{r}:${what}`);
    const older = await Promise.all(keys.map((key) => direct.dumpBuffer(key)));
    await direct.flushall();
    expect(await a.position('r')).toMatchObject({ epoch: 2, top: 2 });
    // Whoever reads asks where the log is first, and another Redis takes over before it reads.
    const plain = redisEngine({ connection: redis.connection });
    onTestFinished(() => plain.close());
    expect((await plain.position('r')).top).toBe(2);
    const change = direct.multi().del(...keys);
    for (const [at, dumped] of older.entries()) if (dumped) change.restore(keys[at] as string, 0, dumped);
    await change.hset(keys[0] as string, 'run', 'another').exec();
    await expect(plain.read('r', { from: 2, limit: 9 })).rejects.toThrow('read back from there first');
    expect(await logOf(a)).toEqual(['text 1', 'log.discontinuity', 'log.discontinuity']);
  });

  it('HOT5 a Redis that comes back with everything keeps what was acknowledged and not stored yet (scenario 21)', async () => {
    const a = open();
    await a.rooms.create(roomRecord('r'));
    for (let n = 1; n <= 3; n += 1) await say(a, n);
    await a.flush();
    for (let n = 4; n <= 6; n += 1) await say(a, n);
    await redis.kill('SIGKILL');
    await redis.run();
    expect(await say(a, 6)).toMatchObject({ outcome: 'duplicate' });
    expect(await say(a, 7)).toMatchObject({ outcome: 'appended', entry: { seq: 8, epoch: 2 } });
    expect(await logOf(a)).toEqual([...texts(1, 6), 'log.discontinuity', 'text 7']);
    expect((await storedLog()).slice(0, 6)).toEqual(texts(1, 6));
  });

  it('HOT6 two servers that find a Redis without the room begin one new epoch between them', async () => {
    const [a, b, c] = [open(), open(), open()];
    await a.rooms.create(roomRecord('r'));
    await say(a, 1);
    await a.flush();
    await direct.flushall();
    const positions = await Promise.all([a, b, c].map((engine) => engine.position('r')));
    expect(positions.map(({ epoch, top }) => [epoch, top])).toEqual(Array.from({ length: 3 }, () => [2, 2]));
  });

  it('HOT14 an attempt to store that failed leaves nothing behind that would take a lost text for a duplicate', async () => {
    const cold = bucket();
    /** So many segments are stored before the store refuses. */
    let left = 0;
    const failing: ColdStore = {
      ...methodsOf(cold),
      putIfAbsent: (name, ...put) => {
        if (name.includes('/log/') && left-- <= 0) {
          return Promise.reject(new RoomCoreError('ERR_STORE_UNAVAILABLE', 'not now'));
        }
        return cold.putIfAbsent(name, ...put);
      },
    };
    // Stored when it is told to, however much waits.
    const never = { afterMs: 3_600_000, idleMs: 3_600_000, restMs: 0, entries: 100_000 };
    const a = open({ cold: failing, flush: never });
    await a.rooms.create(roomRecord('r'));
    const write = (name: string) =>
      Promise.all(
        Array.from({ length: 501 }, (_, n) => a.append('r', textEntry(`${name} ${n + 1}`, `${name}:${n + 1}`))),
      );
    // More than one segment holds, so that the table of clients is not simply that of Redis.
    await write('tab');
    await vi.waitFor(() => expect(a.flush()).rejects.toThrow('not now'), PATIENCE);
    await direct.flushall();
    // The claim, which is tried again by whoever stores, and one segment; what comes after it can be sent again.
    left = 3;
    await a.position('r');
    await write('other');
    await expect(a.flush()).rejects.toThrow('not now');
    await direct.flushall();
    left = 9;
    expect(await a.append('r', textEntry('tab 1', 'tab:1'))).toMatchObject({ outcome: 'appended' });
    expect(await a.append('r', textEntry('other 499', 'other:499'))).toMatchObject({ outcome: 'duplicate' });
    expect(await a.append('r', textEntry('other 500', 'other:500'))).toMatchObject({ outcome: 'appended' });
  });

  describe('rest', () => {
    const quick = { afterMs: 20, idleMs: 10, restMs: 100 };

    it('HOT7 a room at rest takes nothing in Redis, and is found again in its epoch by one that has forgotten everything (scenario 24)', async () => {
      const a = open({ flush: quick });
      await a.rooms.create(roomRecord('r'));
      for (let n = 1; n <= 3; n += 1) await say(a, n);
      await vi.waitFor(async () => expect(await keysOfRoom()).toEqual([]), PATIENCE);
      await direct.flushall();
      const b = open();
      expect((await b.rooms.list({ limit: 10 })).rooms.map(({ id }) => id)).toEqual(['r']);
      expect(await say(b, 3)).toMatchObject({ outcome: 'duplicate' });
      expect(await say(b, 4)).toMatchObject({ outcome: 'appended', entry: { seq: 4, epoch: 1 } });
      expect(await logOf(b)).toEqual(texts(1, 4));
    });

    it('HOT8 a room that somebody runs is not put to rest', async () => {
      const a = open({ flush: quick });
      const node = redisNode({ connection: redis.connection });
      onTestFinished(() => node.close());
      await a.rooms.create(roomRecord('r'));
      const { lease } = await node.acquire('r', 60_000);
      await say(a, 1);
      await vi.waitFor(() => expect(a.flushed('r')).toBe(1), PATIENCE);
      await a.close();
      expect(await node.renew(lease, 60_000)).toBe(true);
      expect(await direct.hget('colloquy:{r}:room', 'top')).toBe('1');
    });

    it('HOT9 one that died between closing the room in Redis and sealing it in the bucket leaves a room that goes on', async () => {
      const cold = bucket();
      let go = () => {};
      let isSealing = false;
      const held: ColdStore = {
        ...methodsOf(cold),
        replace: async (...write) => {
          if (!isSealing) {
            isSealing = true;
            await new Promise<void>((resolve) => {
              go = resolve;
            });
          }
          return cold.replace(...write);
        },
      };
      const a = open({ cold: held, flush: quick, closeMs: 1 });
      await a.rooms.create(roomRecord('r'));
      await say(a, 1);
      await vi.waitFor(() => expect(isSealing).toBe(true), PATIENCE);
      expect(await direct.hexists('colloquy:{r}:room', 'resting')).toBe(1);
      const b = open();
      expect(await say(b, 2)).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
      // It was not dead, only slow: its seal comes too late, and it forgets nothing.
      go();
      await a.close();
      expect(await say(b, 3)).toMatchObject({ outcome: 'appended', entry: { seq: 3, epoch: 1 } });
      await direct.flushall();
      expect((await b.position('r')).epoch).toBe(2);
    });

    it('HOT10 one that died between the seal and forgetting the room leaves a room that goes on', async () => {
      const cold = bucket();
      let isSealed = false;
      const cut: ColdStore = {
        ...methodsOf(cold),
        replace: async (...write) => {
          await cold.replace(...write);
          isSealed = true;
          return never();
        },
      };
      const a = open({ cold: cut, flush: quick, closeMs: 1 });
      await a.rooms.create(roomRecord('r'));
      await say(a, 1);
      await vi.waitFor(() => expect(isSealed).toBe(true), PATIENCE);
      const b = open();
      expect(await say(b, 2)).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
      // The seal is broken: what is lost now is noticed.
      await direct.flushall();
      expect(await say(b, 2)).toMatchObject({ outcome: 'appended', entry: { seq: 3, epoch: 2 } });
    });
  });

  it('HOT13 people on several servers stay in the room when Redis loses everything, and see the same again (scenario 22)', async () => {
    const managers = [0, 1].map(() => {
      const node = redisNode({ connection: redis.connection });
      const manager = new RoomManager({ engine: open(), node, model: null, leaseMs: 1_000 });
      onTestFinished(() => manager.shutdown());
      return manager;
    }) as [RoomManager, RoomManager];
    const { id } = await managers[0].create({ name: 'Panel' });
    const people = ['ana', 'ben', 'cleo'].map(
      (name, at) => new SimulatedClient(() => managers[at % 2] ?? managers[0], id, name),
    );
    for (const person of people) await person.connect();
    const sayAll = async (n: number) => {
      for (const person of people) person.say(`${person.name} ${n}`);
      await vi.waitFor(
        () => {
          for (const person of people) person.flush();
          expect(people.every(({ idle }) => idle)).toBe(true);
        },
        { timeout: 15_000, interval: 100 },
      );
    };
    await sayAll(1);
    await sayAll(2);
    await Promise.all(servers.map((server) => server.flush()));
    await sayAll(3);
    await direct.flushall();
    await sayAll(4);
    const check = async () => {
      const { entries } = await managers[1].history(id, { from: 1, limit: 500 });
      expect(logViolations(entries, people, true)).toEqual([]);
      expect(entries.filter(({ kind }) => kind === 'log.discontinuity')).not.toEqual([]);
    };
    await vi.waitFor(check, PATIENCE);
    expect(people.map(({ acked }) => acked.length)).toEqual([4, 4, 4]);
    // The room runs again, and everybody is in it.
    await vi.waitFor(() => {
      const [running] = managers.flatMap((manager) => manager.sessions());
      expect(running?.people.map(({ participantId }) => participantId).sort()).toEqual(['ana', 'ben', 'cleo']);
    }, PATIENCE);
  });

  describe('while a room is read back from a bucket that does not answer', () => {
    const opening = 'colloquy:{r}:opening';
    /** As after Redis lost everything, with a server for which the bucket hangs. */
    const hang = async (options: Partial<ArchivedEngineOptions> = {}) => {
      const first = open();
      await first.rooms.create(roomRecord('r'));
      await say(first, 1);
      await first.close();
      await direct.flushall();
      return open({ cold: { ...methodsOf(bucket()), list: never }, closeMs: 60_000, ...options });
    };

    it('HOT16 the lock is kept as long as its server lives, and given up when that ends', async () => {
      const a = await hang({ clock: patientClock() });
      const manager = new RoomManager({ engine: a, node: redisNode({ connection: redis.connection }), model: null });
      const ana = new SimulatedClient(() => manager, 'r', 'ana');
      const coming = ana.connect().catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await direct.exists(opening)).toBe(1), PATIENCE);
      await direct.persist(opening);
      await vi.waitFor(async () => expect(await direct.pttl(opening)).toBeGreaterThan(0), PATIENCE);
      const b = open();
      const said = say(b, 2);
      await manager.shutdown();
      expect(await coming).toMatchObject({ code: 'ERR_SHUT_DOWN' });
      expect(await said).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
    });

    it('HOT16 whoever waits is told why in the end, and one whose bucket hangs lets others go on', async () => {
      const a = await hang({ clock: hastyClock() });
      await direct.set(opening, 'somebody');
      await expect(say(a, 2)).rejects.toMatchObject({
        code: 'ERR_STORE_UNAVAILABLE',
        message: expect.stringContaining('other servers are at it'),
      });
      expect(await direct.get(opening)).toBe('somebody');
      await direct.del(opening);
      await expect(say(a, 2)).rejects.toMatchObject({
        code: 'ERR_STORE_UNAVAILABLE',
        message: expect.stringContaining('the store is slow'),
      });
      expect(await direct.exists(opening)).toBe(0);
    });
  });

  describe('when the bucket answers at last a server that reads a room back too slowly', () => {
    /** As after Redis lost everything, with a server whose first listing waits until it is let go. */
    const slow = async (options: Partial<ArchivedEngineOptions> = {}) => {
      const first = open();
      await first.rooms.create(roomRecord('r'));
      await say(first, 1);
      await first.close();
      await direct.flushall();
      let letGo = (): void => {};
      const going = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const changes: string[] = [];
      const cold = methodsOf(bucket());
      const watched: ColdStore = {
        ...cold,
        list: async (page) => {
          const found = cold.list(page);
          await going;
          return found;
        },
        putIfAbsent: (name, ...rest) => {
          changes.push(name);
          return cold.putIfAbsent(name, ...rest);
        },
        replace: (name, ...rest) => {
          changes.push(name);
          return cold.replace(name, ...rest);
        },
      };
      return { a: open({ cold: watched, ...options }), changes, letGo };
    };
    /** Nothing that the other server has acknowledged is lost, though its writers are gone. */
    const check = async (a: ArchivedEngine, b: ArchivedEngine, last: number) => {
      expect(await b.position('r')).toMatchObject({ epoch: 1, top: last });
      // Who stores the room is settled a moment after it was written to.
      await vi.waitFor(async () => {
        await Promise.all([a.flush(), b.flush()]);
        expect(await storedLog()).toEqual(texts(1, last));
      }, PATIENCE);
      expect(await logOf(b)).toEqual(texts(1, last));
    };

    it('HOT17 it has lost its lock: it changes nothing, and finds the room open', async () => {
      const { a, changes, letGo } = await slow({ clock: patientClock() });
      const said = say(a, 3);
      await vi.waitFor(async () => expect(await direct.exists('colloquy:{r}:opening')).toBe(1), PATIENCE);
      // As if it had stood still for longer than its lock lasts.
      await direct.del('colloquy:{r}:opening');
      const b = open();
      expect(await say(b, 2)).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
      letGo();
      expect(await said).toMatchObject({ outcome: 'appended', entry: { seq: 3, epoch: 1 } });
      expect(changes).toEqual([]);
      await check(a, b, 3);
    });

    it('HOT17 it has given up: it goes on with nothing', async () => {
      const { a, changes, letGo } = await slow({ clock: hastyClock() });
      await expect(say(a, 3)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
      const b = open();
      expect(await say(b, 2)).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
      letGo();
      // What it would do next takes as long as these together.
      for (let turn = 0; turn < 3; turn += 1) expect(await storedLog()).toEqual(texts(1, 1));
      expect(changes).toEqual([]);
      await check(a, b, 2);
    });
  });

  it('HOT11 a change that reached the bucket and not Redis is known after the next try', async () => {
    const a = open();
    await a.rooms.create(roomRecord('r'));
    const record = await a.rooms.get('r');
    if (!record) throw new Error('there is no room');
    await a.rooms.update({ ...record, name: 'Second', version: 2 });
    // As if its server had died between the two.
    await direct.hset('colloquy:{r}:room', 'version', 1, 'record', JSON.stringify(record));
    await expect(a.rooms.update({ ...record, name: 'Third', version: 2 })).rejects.toMatchObject({
      code: 'ERR_ROOM_CONFLICT',
    });
    expect(await a.rooms.get('r')).toMatchObject({ name: 'Second', version: 2 });
  });

  it('HOT12 rooms that were in Redis before there was a bucket are stored from their first entry', async () => {
    const plain = redisEngine({ connection: redis.connection });
    await plain.rooms.create(roomRecord('r'));
    await plain.append('r', textEntry('text 1', 'tab:1'));
    const a = open();
    expect(await say(a, 2)).toMatchObject({ outcome: 'appended', entry: { seq: 2, epoch: 1 } });
    await plain.close();
    await vi.waitFor(async () => {
      await a.flush();
      expect(a.flushed('r')).toBe(2);
    }, PATIENCE);
    expect(await storedLog()).toEqual(texts(1, 2));
    expect(await direct.hget('colloquy:{r}:room', 'stored')).toBe('1');
  });
});

function never(): Promise<never> {
  return new Promise<never>(() => {});
}

function methodsOf(cold: ColdStore): ColdStore {
  return {
    putIfAbsent: (...args) => cold.putIfAbsent(...args),
    replace: (...args) => cold.replace(...args),
    get: (...args) => cold.get(...args),
    stat: (...args) => cold.stat(...args),
    list: (...args) => cold.list(...args),
    delete: (...args) => cold.delete(...args),
    close: () => cold.close(),
  };
}
