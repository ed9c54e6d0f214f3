import type { LogEntry } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomEngine } from '../src/ports/room-engine.ts';
import { FakeClock, settle } from '../src/testing/fake-clock.ts';
import { ScriptedModel } from '../src/testing/scripted-model.ts';
import { sine } from '../src/testing/signals.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { Edge, type EdgeClient } from './support/edges.ts';
import { ForgetfulEngine } from './support/forgetful-engine.ts';
import { heldEngine } from './support/held-engine.ts';
import { RoughEngine, random } from './support/rough-engine.ts';
import { audioFrame, Stage } from './support/stage.ts';

const texts = (entries: readonly LogEntry[]) =>
  entries.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));

/** Fails unless the client shows one contiguous slice of the log, up to its end. */
async function expectSlice(engine: RoomEngine, roomId: string, client: EdgeClient): Promise<void> {
  const { top } = await engine.position(roomId);
  const first = client.list[0]?.seq ?? 1;
  const log: LogEntry[] = [];
  for (let from = first; from <= top; from += 1000) log.push(...(await engine.read(roomId, { from, limit: 1000 })));
  expect(client.list).toEqual(log);
}

describe('failure scenarios', () => {
  let clock: FakeClock;
  let engine: RoomEngine;
  let roomId: string;
  const edges: Edge[] = [];

  const open = async (over: RoomEngine, options: ConstructorParameters<typeof Edge>[3] = {}): Promise<Edge> => {
    const manager = { limits: { maxTextsPerSecond: 0 }, ...options };
    const edge = new Edge(`edge${edges.length + 1}`, over, clock, manager);
    edges.push(edge);
    if (edges.length === 1) roomId = (await edge.rooms.create({ name: 'Panel' })).id;
    return edge;
  };
  /** Several texts, in the store when it returns. */
  const write = async (client: EdgeClient, count: number, from = 1) => {
    for (let n = from; n < from + count; n += 1) {
      client.say(`text ${n}`);
      await settle();
    }
  };

  beforeEach(() => {
    clock = new FakeClock();
    engine = memoryEngine({ now: () => clock.now() });
  });
  afterEach(async () => {
    for (const edge of edges.splice(0)) await edge.rooms.shutdown();
  });

  it('scenario 1: JOIN3 a socket that is cut in a burst and back after a second misses nothing and doubles nothing', async () => {
    const edge = await open(engine);
    const [ana, ben] = [await edge.join(roomId, 'Ana'), await edge.join(roomId, 'Ben')];
    await write(ana, 20);
    ben.cut();
    await write(ana, 20, 21);
    await clock.run(1_000, 100);
    const back = await edge.join(roomId, 'Ben', ben);
    expect(back.welcome).toMatchObject({ recovered: true });
    await write(ana, 5, 41);
    expect(texts(back.list)).toEqual(Array.from({ length: 45 }, (_, index) => `text ${index + 1}`));
    await expectSlice(engine, roomId, back);
  });

  it('scenario 2: TEXT2 a text whose answer was lost with the connection is acknowledged again and stored once', async () => {
    const held = heldEngine(engine);
    const edge = await open(held);
    const ana = await edge.join(roomId, 'Ana');
    held.hold();
    const cid = ana.say('once');
    await settle();
    ana.cut();
    held.release();
    const back = await edge.join(roomId, 'Ana', ana);
    back.sayAgain('once');
    await settle();
    const [stored, ...more] = (await engine.read(roomId, { from: 1, limit: 100 })).filter((entry) => entry.cid === cid);
    expect(more).toEqual([]);
    expect(ana.port.of('ack')).toEqual([]);
    expect(back.port.of('ack')).toEqual([{ type: 'ack', cid, seq: stored?.seq }]);
  });

  it('scenario 3: JOIN4 JOIN7 whoever was away for ten minutes gets the newest page and pages back over all of it, without a hole', async () => {
    const edge = await open(engine);
    const [ana, ben] = [await edge.join(roomId, 'Ana'), await edge.join(roomId, 'Ben')];
    await write(ana, 3);
    ben.cut();
    await write(ana, 700, 4);
    await clock.run(600_000, 5_000);
    const back = await edge.join(roomId, 'Ben', ben);
    expect(back.welcome).toMatchObject({ recovered: false, hasOlder: true });
    await expectSlice(engine, roomId, back);
    const pages: LogEntry[] = [...back.list];
    for (let hasOlder = true; hasOlder; ) {
      back.connection.receive({ type: 'history', id: `p${pages.length}`, before: pages[0]?.seq ?? 1, limit: 100 });
      await settle();
      const page = back.port.last('history');
      pages.unshift(...page.entries);
      hasOlder = page.hasOlder;
    }
    expect(pages.map(({ seq }) => seq)).toEqual(pages.map((_, index) => index + 1));
    expect(texts(pages)).toHaveLength(703);
  });

  it('scenario 4: JOIN3 whoever comes back to another server misses nothing and doubles nothing', async () => {
    const [one, two] = [await open(engine), await open(engine)];
    const [ana, ben] = [await one.join(roomId, 'Ana'), await one.join(roomId, 'Ben')];
    await write(ana, 20);
    ben.cut();
    await write(ana, 20, 21);
    const back = await two.join(roomId, 'Ben', ben);
    expect(back.welcome).toMatchObject({ recovered: true });
    // From here on the servers tell each other through the engine, in both directions.
    await write(ana, 5, 41);
    back.say('from the other server');
    await settle();
    await expectSlice(engine, roomId, back);
    await expectSlice(engine, roomId, ana);
    expect(texts(ana.list).at(-1)).toBe('from the other server');
  });

  it('scenario 5: JOIN6 whoever joins while 200 texts a second are written gets each once and in order', async () => {
    const draw = random(5);
    const edge = await open(new RoughEngine(engine, { random: draw, lose: 0.1, delayTurns: 4 }));
    const ana = await edge.join(roomId, 'Ana');
    const newcomers: Promise<EdgeClient>[] = [];
    for (let n = 1; n <= 400; n += 1) {
      ana.say(`text ${n}`);
      if (n % 20 === 0) newcomers.push(edge.join(roomId, `Guest${n}`));
      if (draw() < 0.6) await settle();
      clock.advance(5);
    }
    const joined = await Promise.all(newcomers);
    await clock.run(11_000, 1_000);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(joined).toHaveLength(20);
    for (const client of [ana, ...joined]) await expectSlice(engine, roomId, client);
    expect(texts(ana.list)).toHaveLength(400);
  });

  it('scenario 6: ANSWER2 whoever joins in the middle of an answer has its words once, and its voice from now on', async () => {
    const model = new ScriptedModel({ autoReady: true });
    const edge = await open(engine, { model });
    const ana = await edge.join(roomId, 'Ana');
    const second = { type: 'audio', samples: new Int16Array(24_000) } as const;
    model.session.emit({ type: 'outputTranscript', text: 'One, two,' }, second);
    const ben = await edge.join(roomId, 'Ben');
    const [inflight] = ben.welcome.inflight;
    model.session.emit({ type: 'outputTranscript', text: ' three.' }, second, { type: 'turnComplete', reason: null });
    await settle();
    let text = inflight?.text ?? '';
    for (const delta of ben.port.of('delta')) {
      expect(delta).toMatchObject({ messageId: inflight?.messageId, offset: text.length });
      text += delta.text;
    }
    expect(text).toBe('One, two, three.');
    expect(ben.list.at(-1)).toMatchObject({ kind: 'ai.message', body: { text } });
    // 50 frames of a second, and the empty one that ends the turn.
    expect(ana.port.frames).toHaveLength(101);
    expect(ben.port.frames).toHaveLength(51);
    expect(ben.port.frames[0]?.mediaTime).toBe(24_000);
  });

  it('scenario 7: LOG2 LOG3 an entry that one server was not told of is read from the log with the next one, the last one within 10 s', async () => {
    const [one, two] = [await open(engine), await open(engine)];
    const [ana, ben] = [await one.join(roomId, 'Ana'), await two.join(roomId, 'Ben')];
    await write(ana, 2);
    two.hears = () => false;
    await write(ana, 3, 3);
    expect(texts(ben.list)).toEqual(['text 1', 'text 2']);
    two.hears = () => true;
    await write(ana, 1, 6);
    await expectSlice(engine, roomId, ben);
    two.hears = () => false;
    await write(ana, 1, 7);
    expect(texts(ben.list).at(-1)).toBe('text 6');
    await clock.run(10_000, 500);
    expect(texts(ben.list).at(-1)).toBe('text 7');
    await expectSlice(engine, roomId, ben);
  });

  it('scenario 38: a flood of one client leaves nobody waiting: not with texts, and not with sound', async () => {
    let swallowed = 0;
    // The store takes the flood's texts and does not answer.
    const stuck = delegateEngine(engine, {
      append: (id, entry, expected) => {
        if (entry.kind !== 'msg.text' || entry.actor.name !== 'Mallory') return engine.append(id, entry, expected);
        swallowed += 1;
        // Those behind the first one do not wait for each other.
        return swallowed === 1 ? engine.append(id, entry, expected) : new Promise(() => {});
      },
    });
    const stage = await Stage.open({ engine: stuck, clock });
    const mallory = await stage.join('Mallory');
    const [ana, ben] = [await stage.join('Ana'), await stage.join('Ben')];
    const { session } = stage.model;
    for (let n = 1; n <= 10; n += 1) {
      const heard = session.frames.length;
      for (let each = 1; each <= 100; each += 1) {
        mallory.say(`text ${n}.${each}`);
        if (each === 50) ana.say(`between ${n}`, { toModel: true });
      }
      // In the same step, nothing of it later: no time passes in it, but for one frame of sound.
      await settle();
      const { cid } = ana.port.last('ack');
      expect(ben.port.entries.at(-1)).toMatchObject({ cid, body: { text: `between ${n}` } });
      expect(session.texts.at(-1)).toBe(`Ana: between ${n}`);
      ben.connection.receiveMedia(audioFrame(n - 1, sine({ frequency: 400, samples: 320 })));
      await clock.run(20);
      expect(session.frames.length).toBe(heard + 1);
    }
    expect(ana.port.of('ack')).toHaveLength(10);
    expect(ana.port.frames.length).toBe(10);
    // What is over the limit reaches no store: it lets 20 through at once, and 10 a second.
    expect(swallowed).toBe(21);
    expect(mallory.port.of('nack')).toHaveLength(1_000 - swallowed);
    await stage.rooms.shutdown();
  });

  it('scenario 22, within one process: REC2 what the engine lost is taken back on both servers', async () => {
    const forgetful = new ForgetfulEngine(() => clock.now());
    const [one, two] = [await open(forgetful), await open(forgetful)];
    const [ana, ben] = [await one.join(roomId, 'Ana'), await two.join(roomId, 'Ben')];
    await write(ana, 5);
    const { top } = await forgetful.position(roomId);
    await forgetful.forget(roomId, 2);
    await clock.run(10_000, 500);
    const turn = { type: 'epoch', epoch: 2, truncateAfter: top - 2 };
    expect(ana.port.of('epoch')).toEqual([turn]);
    expect(ben.port.of('epoch')).toEqual([turn]);
    expect(ben.list.at(-1)).toMatchObject({
      kind: 'log.discontinuity',
      seq: top - 1,
      epoch: 2,
      body: { after: top - 2 },
    });
    const late = await two.join(roomId, 'Cy');
    expect(late.welcome).toMatchObject({ epoch: 2, top: top - 1 });
  });
});
