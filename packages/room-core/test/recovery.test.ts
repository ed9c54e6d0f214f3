import { describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomEngine } from '../src/ports/room-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { Edge } from './support/edges.ts';
import { ForgetfulEngine } from './support/forgetful-engine.ts';
import { logViolations } from './support/log-violations.ts';
import { RoughEngine, random } from './support/rough-engine.ts';
import { runUntil } from './support/run-until.ts';
import { SimulatedClient } from './support/simulated-client.ts';
import { Stage } from './support/stage.ts';

/** What a run is made of, besides chance. */
interface Run {
  readonly engine: RoomEngine;
  /** Servers over the engine, each with a feed that has holes of its own. @defaultValue 1 */
  readonly edges?: 1 | 2;
  /** Called after each step. */
  readonly disturb?: (stage: Stage, draw: () => number) => Promise<void>;
}

/** What went wrong in a run of cuts, joins, repeats and lost answers; empty when nothing did. */
async function violations(seed: number, { engine: inner, disturb, edges = 1 }: Run): Promise<readonly string[]> {
  const draw = random(seed);
  const engine = new RoughEngine(inner, { random: draw, lose: 0.2, disorder: 0.2, delayTurns: 3, loseAnswers: 0.15 });
  const stage = await Stage.open({ engine, manager: { model: null, limits: { maxTextsPerSecond: 0 } } });
  const other = new Edge('other', engine, stage.clock, { limits: { maxTextsPerSecond: 0 } });
  const anyServer = () => (edges === 2 && draw() < 0.5 ? other.rooms : stage.rooms);
  const clients = ['ana', 'ben', 'cy', 'dee'].map((name) => new SimulatedClient(anyServer, stage.roomId, name));
  for (const client of clients) await client.connect();
  for (let step = 0; step < 120; step += 1) {
    const client = clients[Math.floor(draw() * clients.length)];
    if (!client) continue;
    const chance = draw();
    if (!client.connected) await client.connect();
    else if (chance < 0.1) client.cut();
    else if (chance < 0.2) client.flush();
    else client.say(`${client.name} ${step}`);
    if (draw() < 0.3) await stage.clock.run(100, 100);
    await disturb?.(stage, draw);
  }
  for (let round = 0; round < 60 && !clients.every(({ idle, connected }) => idle && connected); round += 1) {
    for (const client of clients) {
      if (!client.connected) await client.connect();
      client.flush();
    }
    for (let turn = 0; turn < 10; turn += 1) await settle();
  }
  // Who has left a server is told of 15 s later, one after the other, with a pause of seconds after every lost answer; and what the
  // feed lost of that is looked for 10 s later.
  await stage.clock.run(60_000, 1_000);
  for (let turn = 0; turn < 30; turn += 1) await settle();
  const problems = logViolations(await stage.entries(), clients, true);
  await runUntil(stage.clock, other.rooms.shutdown());
  return problems;
}

/** Forgets who sent what: the control that shows that the check can fail. */
function withoutDedupe(engine: RoomEngine): RoomEngine {
  return delegateEngine(engine, { append: (room, entry) => engine.append(room, { ...entry, cid: undefined }) });
}

/** Loses the newest entries now and then, when nothing is under way: an engine that took over answers nothing old. */
function forgetting(engine: ForgetfulEngine): Run['disturb'] {
  return async (stage, draw) => {
    if (draw() >= 0.03) return;
    for (let turn = 0; turn < 8; turn += 1) await settle();
    await engine.forget(stage.roomId, 1 + Math.floor(draw() * 6));
  };
}

describe('recovery', () => {
  it('REC1 keeps every acknowledged text exactly once, and every list a slice of the log, through cuts, repeats, lost answers and a feed with holes', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      expect(await violations(seed, { engine: memoryEngine() }), `seed ${seed}`).toEqual([]);
    }
  }, 60_000);

  it('REC1 the same for people who come back to either of two servers (scenario 4 and scenario 7)', async () => {
    for (let seed = 101; seed <= 125; seed += 1) {
      expect(await violations(seed, { engine: memoryEngine(), edges: 2 }), `seed ${seed}`).toEqual([]);
    }
  }, 60_000);

  it('REC2 says which entries an engine lost, takes them back everywhere, and gets every text that was lost again from who wrote it', async () => {
    let losses = 0;
    for (let seed = 1; seed <= 25; seed += 1) {
      const engine = new ForgetfulEngine(() => 0);
      expect(await violations(seed, { engine, disturb: forgetting(engine) }), `seed ${seed}`).toEqual([]);
      losses += engine.losses;
    }
    expect(losses).toBeGreaterThan(20);
  }, 60_000);

  it('REC2 would notice: without the number the room has seen, the same runs lose and double', async () => {
    let found = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const engine = new ForgetfulEngine(() => 0);
      const blind = delegateEngine(engine, { append: (room, entry) => engine.append(room, entry) });
      found += (await violations(seed, { engine: blind, disturb: forgetting(engine) })).length;
    }
    expect(found).toBeGreaterThan(0);
  }, 60_000);

  it('REC1 would notice: without numbers the same run has doubles', async () => {
    const found = await Promise.all(
      [1, 2, 3].map((seed) => violations(seed, { engine: withoutDedupe(memoryEngine()) })),
    );
    expect(found.every((problems) => problems.length > 0)).toBe(true);
  }, 60_000);
});
