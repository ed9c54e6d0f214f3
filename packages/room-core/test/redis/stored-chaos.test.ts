import { setTimeout as sleep } from 'node:timers/promises';
import { startFakeGcs, weather } from '@colloquy/fake-gcs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchivedEngine, archivedEngine } from '../../src/archive/index.ts';
import { LogChain } from '../../src/archive/log-chain.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { type ColdStore, RoomManager } from '../../src/index.ts';
import type { HotRooms } from '../../src/ports/hot-rooms.ts';
import type { RoomEngine } from '../../src/ports/room-engine.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { delegateEngine } from '../support/delegate-engine.ts';
import { logViolations } from '../support/log-violations.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';
import { random } from '../support/rough-engine.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { SimulatedCrowd } from '../support/simulated-crowd.ts';

/** One of several servers on one Redis and one bucket; it stores at once, and puts to rest whenever nobody writes. */
class Server {
  readonly engine: ArchivedEngine;
  readonly rooms: RoomManager;
  readonly #redis: RoomEngine;
  #dead = false;

  /** @param rebuildsNumbers - `false`: what is read back from the bucket lacks the numbers of the clients. */
  constructor(redis: RedisServer, endpoint: string, rebuildsNumbers: boolean) {
    const retry = { firstPauseMs: 1, budgetMs: 20_000 };
    this.#redis = redisEngine({ connection: redis.connection });
    this.engine = archivedEngine({
      engine: rebuildsNumbers ? this.#redis : withoutNumbers(this.#redis),
      cold: this.#mortal(gcsColdStore({ bucket: 'bucket', apiEndpoint: endpoint, projectId: 'test', retry })),
      flush: { afterMs: 30, idleMs: 15, entries: 20, restMs: 40 },
      closeMs: 30_000,
    });
    this.rooms = new RoomManager({ engine: this.engine, model: null, limits: { maxTextsPerSecond: 0 } });
  }

  /** It hears of neither Redis nor bucket again; what is under way may still arrive there. */
  kill(): Promise<void> {
    this.#dead = true;
    return this.#redis.close();
  }

  async end(): Promise<void> {
    if (this.#dead) void this.rooms.shutdown();
    else await this.rooms.shutdown();
  }

  #mortal(cold: ColdStore): ColdStore {
    const never = new Promise<never>(() => {});
    const call = async <T>(request: () => Promise<T>): Promise<T> => {
      if (this.#dead) return never;
      const answer = await request();
      return this.#dead ? never : answer;
    };
    return {
      putIfAbsent: (...args) => call(() => cold.putIfAbsent(...args)),
      replace: (...args) => call(() => cold.replace(...args)),
      get: (...args) => call(() => cold.get(...args)),
      stat: (...args) => call(() => cold.stat(...args)),
      list: (...args) => call(() => cold.list(...args)),
      delete: (...args) => call(() => cold.delete(...args)),
      close: () => cold.close(),
    };
  }
}

/** An engine that knows nothing of the clients of a room that is read back. */
function withoutNumbers(inner: RoomEngine): RoomEngine {
  const { hot } = inner;
  if (!hot) throw new Error('a store stands behind no such engine');
  const install: HotRooms['install'] = (room, how) => hot.install({ ...room, clients: [] }, how);
  const forgetful = new Proxy(hot, {
    get: (target, name) => {
      if (name === 'install') return install;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return delegateEngine(inner, { shared: true, hot: forgetful });
}

const KEYS = ['room', 'log', 'clients'] as const;

/** Two servers at a time, of which some are killed, while Redis loses everything or comes back with an older state. */
async function run(
  redis: RedisServer,
  seed: number,
  { rebuildsNumbers = true, patienceMs = 60_000 } = {},
): Promise<readonly string[]> {
  const draw = random(seed);
  const plan = weather(seed, { resetBefore: 0.02, resetAfter: 0.06, unavailable: 0.03 });
  const fake = await startFakeGcs({ plan });
  const direct = new Redis({ ...redis.connection });
  await direct.flushall();
  const newServer = () => new Server(redis, fake.endpoint, rebuildsNumbers);
  const servers = [newServer(), newServer()];
  /** Those that end in order while others go on. */
  const ending: Promise<void>[] = [];
  const serverOf = () => servers[Math.floor(draw() * servers.length)] as Server;
  const { id } = await serverOf().rooms.create({ name: 'Panel' });
  const key = (what: string) => `colloquy:{${id}}:${what}`;
  const clients = ['ana', 'ben', 'cy'].map((name) => new SimulatedClient(() => serverOf().rooms, id, name));
  const crowd = new SimulatedCrowd(clients);
  /** Whoever had a turn or a lock and is gone has it no longer: as if its time had passed. */
  const timesOut = () => direct.del(key('storing'), key('opening'));
  const dump = async () => {
    const step = direct.multi();
    for (const what of KEYS) step.dumpBuffer(key(what));
    return ((await step.exec()) ?? []).map(([, dumped]) => dumped as Buffer | null);
  };
  let older: (Buffer | null)[] = [];
  try {
    for (let step = 0; step < 60; step += 1) {
      const client = clients[Math.floor(draw() * clients.length)] as SimulatedClient;
      if (!client.connected) await Promise.race([crowd.connect(client), sleep(200)]);
      else if (draw() < 0.08) client.cut();
      else client.say(`${client.name} ${step}`);
      await sleep(draw() < 0.1 ? 150 : draw() * 20);
      // One text at least is stored, its answer lost, and Redis has forgotten it when it comes again.
      if (step === 20) {
        await Promise.race([crowd.connect(client), sleep(5_000)]);
        client.say(`${client.name} ${step + 0.5}`);
        client.cut();
        await sleep(300);
      }
      const fate = draw();
      if (fate < 0.05 || step === 20) await direct.flushall();
      else if (fate < 0.1) older = await dump();
      else if ((fate < 0.15 || step === 40) && older[0]) {
        // All at once. It is another process, which knows nothing of what anybody was about to do.
        const change = direct.multi().del(...KEYS.map(key), key('storing'), key('opening'));
        for (const [at, what] of KEYS.entries()) {
          const dumped = older[at];
          if (dumped) change.restore(key(what), 0, dumped);
        }
        await change.hset(key('room'), 'run', 'another').exec();
      } else if (fate < 0.25) {
        const at = Math.floor(draw() * servers.length);
        const server = servers[at] as Server;
        if (fate < 0.2) await server.kill();
        crowd.cut();
        servers[at] = newServer();
        ending.push(server.end());
        if (fate < 0.2) await timesOut();
      }
    }
    crowd.cut();
    await timesOut();
    // What was lost at last is noticed by whoever writes next.
    for (const client of clients) client.say(`${client.name} 1000`);
    await crowd.goOnUntil(() => crowd.isAtRest, patienceMs);
    await Promise.all([...ending, ...servers.map((server) => server.end())]);
    // Whatever was not stored yet, the next one stores; what is in the bucket alone is the truth.
    await timesOut();
    const last = newServer();
    await last.engine.position(id);
    await last.engine.startEpoch(id, (await last.engine.position(id)).epoch);
    await last.rooms.shutdown();
    const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' });
    const chain = new LogChain(cold, id);
    const { last: top } = await chain.refresh();
    const log = await chain.read(1, top);
    await cold.close();
    return logViolations(log, clients, false);
  } finally {
    direct.disconnect();
    await fake.close();
  }
}

describe.skipIf(whyNoRedis !== null)(
  `several servers on a Redis that loses what it has, before a bucket${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`,
  () => {
    const seeds = (process.env.COLLOQUY_SEED ?? '1,17,2,8').split(',').map(Number);
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await RedisServer.start();
    });
    afterAll(() => redis.stop());

    it.each(seeds)(
      '[22] [23] [27] HOT14 TEXT12 every acknowledged text is in the bucket once and in order (seed %i)',
      async (seed) => {
        expect(await run(redis, seed)).toEqual([]);
      },
      120_000,
    );

    it('HOT14 is violated where numbers of clients are not read back (the control that must fail)', async () => {
      const outcomes: (readonly string[])[] = [];
      for (let seed = 1; outcomes.flat().length === 0 && seed <= 10; seed += 1) {
        outcomes.push(await run(redis, seed, { rebuildsNumbers: false, patienceMs: 2_000 }));
      }
      expect(outcomes.flat().length).toBeGreaterThan(0);
    }, 240_000);
  },
);
