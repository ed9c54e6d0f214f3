import { describe, expect, it } from 'vitest';
import { archivedEngine } from '../../src/archive/index.ts';
import { type ColdStore, memoryColdStore, memoryEngine, type RoomEngine, RoomManager } from '../../src/index.ts';
import { FakeClock, settle } from '../../src/testing/index.ts';
import { logViolations } from '../support/log-violations.ts';
import { random } from '../support/rough-engine.ts';
import { SimulatedClient } from '../support/simulated-client.ts';

/** A store as one process sees it: once that is dead, nothing it has asked for is carried out or answered. */
class Process {
  readonly engine: RoomEngine;
  readonly rooms: RoomManager;
  #dead = false;

  constructor(store: ColdStore, clock: FakeClock) {
    this.engine = archivedEngine({
      engine: memoryEngine({ now: () => clock.now() }),
      cold: this.#mortal(store),
      clock,
    });
    this.rooms = new RoomManager({ engine: this.engine, model: null, clock, limits: { maxTextsPerSecond: 0 } });
  }

  kill(): void {
    this.#dead = true;
  }

  #mortal(store: ColdStore): ColdStore {
    const alive = async <T>(call: () => Promise<T>): Promise<T> => {
      if (this.#dead) return new Promise(() => {});
      const result = await call();
      return this.#dead ? new Promise(() => {}) : result;
    };
    return {
      putIfAbsent: (...args) => alive(() => store.putIfAbsent(...args)),
      replace: (...args) => alive(() => store.replace(...args)),
      get: (...args) => alive(() => store.get(...args)),
      stat: (...args) => alive(() => store.stat(...args)),
      list: (...args) => alive(() => store.list(...args)),
      delete: (...args) => alive(() => store.delete(...args)),
      close: async () => {},
    };
  }
}

/** What went wrong in a run in which the server's process is killed again and again and its memory is lost. */
async function violations(seed: number, takenForOrderly = false): Promise<readonly string[]> {
  const draw = random(seed);
  const clock = new FakeClock();
  const store = takenForOrderly ? alwaysSealed(memoryColdStore()) : memoryColdStore();
  let process = new Process(store, clock);
  const { id } = await process.rooms.create({ name: 'Panel' });
  const clients = ['ana', 'ben', 'cy'].map((name) => new SimulatedClient(() => process.rooms, id, name));
  for (const client of clients) await client.connect();
  for (let step = 0; step < 100; step += 1) {
    const client = clients[Math.floor(draw() * clients.length)];
    if (!client) continue;
    const chance = draw();
    if (!client.connected) await client.connect();
    else if (chance < 0.08) client.cut();
    else client.say(`${client.name} ${step}`);
    if (draw() < 0.3) await clock.run(1_000, 500);
    // Let writes behind go as far as they may.
    if (draw() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    // In the middle in any case.
    if (draw() > 0.05 && step !== 50) continue;
    process.kill();
    for (const other of clients) if (other.connected) other.cut();
    process = new Process(store, clock);
  }
  for (let round = 0; round < 60 && !clients.every(({ idle, connected }) => idle && connected); round += 1) {
    for (const client of clients) {
      if (!client.connected) await client.connect();
      client.flush();
    }
    for (let turn = 0; turn < 10; turn += 1) await settle();
  }
  // An orderly end: what is left in the store alone is the truth.
  await process.rooms.shutdown();
  const last = new Process(store, clock);
  const log = await last.engine.read(id, { from: 1, limit: 1000 });
  await last.rooms.shutdown();
  return logViolations(log, clients, false);
}

/** Says of every room that it was put to rest, so that a crash looks like an orderly end. The control that must fail. */
function alwaysSealed(store: ColdStore): ColdStore {
  return {
    ...{ stat: (name) => store.stat(name), list: (options) => store.list(options) },
    ...{ putIfAbsent: (...args) => store.putIfAbsent(...args), replace: (...args) => store.replace(...args) },
    ...{ delete: (...args) => store.delete(...args), close: () => store.close() },
    get: async (name) => {
      const found = await store.get(name);
      if (!found || !name.endsWith('room.json')) return found;
      const { objects } = await store.list({ prefix: name.replace('room.json', 'log/'), limit: 1000 });
      const lastSeq = Number(objects.at(-1)?.metadata.last ?? 0);
      const document = { ...JSON.parse(new TextDecoder().decode(found.bytes)), sealedAt: { lastSeq, ts: 0 } };
      return { ...found, bytes: new TextEncoder().encode(JSON.stringify(document)) };
    },
  };
}

describe('a server that is killed, with nothing but a store to come back to', () => {
  const seeds = process.env.COLLOQUY_SEED
    ? [Number(process.env.COLLOQUY_SEED)]
    : Array.from({ length: 20 }, (_, index) => index + 1);

  it.each(seeds)(
    'ARCH12 every acknowledged text is in the store once, in order, and clients show the log (seed %i)',
    async (seed) => {
      expect(await violations(seed)).toEqual([]);
    },
  );

  it('ARCH12 is violated where a crash is taken for an orderly end (the control that must fail)', async () => {
    const runs = await Promise.all([1, 2, 3, 4, 5].map((seed) => violations(seed, true)));
    expect(runs.flat().length).toBeGreaterThan(0);
  });
});
