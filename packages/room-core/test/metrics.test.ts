import { afterEach, expect, it } from 'vitest';
import { archivedEngine } from '../src/archive/index.ts';
import { memoryColdStore } from '../src/cold/memory-cold-store.ts';
import { memoryEngine } from '../src/memory-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { sine } from '../src/testing/signals.ts';
import { lasting } from './archive/lasting-cold-store.ts';
import { audioFrame, Stage } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

const tone = sine({ frequency: 440, samples: 320 });

it('LIFE17 tells who is here, how entries and joins went, and what became of voices', async () => {
  const engine = memoryEngine();
  stage = await Stage.open({ engine, manager: { limits: { maxParticipants: 2 } } });
  const ana = await stage.join('Ana', { clientId: 'tab' });
  await stage.join('Ben');
  await expect(stage.join('Cy')).rejects.toThrow();
  ana.say('One');
  await settle();
  ana.connection.receive({ type: 'pub', cid: 'tab:1', kind: 'msg.text', body: { text: 'One', toModel: false } });
  ana.connection.receive({ type: 'pub', cid: 'tab:9', kind: 'msg.text', body: { text: 'Nine', toModel: false } });
  await settle();
  const { append } = engine;
  engine.append = () => Promise.reject(new Error('the disk is gone'));
  ana.say('Two');
  await settle();
  engine.append = append;
  const { epoch, top } = ana.port.last('welcome');
  ana.connection.disconnected();
  const back = await stage.join('Ana', { clientId: 'tab', resume: { epoch, seq: top } });
  back.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
  back.connection.receiveMedia(audioFrame(0, tone));
  await stage.clock.run(200, 20);
  // The process stalls; then it goes on.
  stage.clock.advance(700);
  await stage.clock.run(200, 20);
  const metrics = stage.rooms.metrics();
  expect(metrics).toMatchObject({
    ...{ rooms: 1, people: 2, connections: 2, openMicrophones: 1, waiting: 0 },
    // Two arrivals, the session and a text.
    appends: { appended: 4, duplicate: 1, gap: 1, failed: 1, epoch: 0, regressed: 0, fenced: 0 },
    joins: { recovered: 1, page: 2 },
    epochs: 0,
  });
  expect(metrics.appendTime.count).toBe(7);
  expect(metrics.joinTime.count).toBe(3);
});

it('LIFE17 the event says the same one by one, and names the room', async () => {
  stage = await Stage.open();
  const told: unknown[] = [];
  stage.rooms.on('measured', ({ room, measurement }) => told.push([room.id, measurement]));
  await stage.join('Ana');
  expect(told).toContainEqual([stage.roomId, { type: 'append', outcome: 'appended', ms: 0 }]);
  expect(told).toContainEqual([stage.roomId, { type: 'join', outcome: 'page', ms: 0 }]);
});

it('LIFE17 frames of the mix that come late, and audio that runs out because the network stalls, are counted', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana');
  const late: number[] = [];
  stage.rooms.on('measured', ({ measurement }) => {
    if (measurement.type === 'lateFrame') late.push(measurement.ms);
  });
  ana.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
  for (let n = 0; n < 400; n += 1) {
    // A network that delivers smoothly at first, and then holds everything back for 300 ms at a time.
    if (n < 50) ana.connection.receiveMedia(audioFrame(n, tone));
    else if (n % 15 === 14) {
      for (let m = n - 14; m <= n; m += 1) ana.connection.receiveMedia(audioFrame(m, tone));
    }
    await stage.clock.run(20, 20);
  }
  expect(late).toEqual([]);
  expect(stage.rooms.metrics().underruns).toBeGreaterThan(0);
});

it('LIFE17 writes to the store behind the engine are counted, with how long entries waited, also of rooms nobody is in', async () => {
  const inner = memoryColdStore();
  let down = true;
  const putIfAbsent: typeof inner.putIfAbsent = (name, ...rest) =>
    down && name.includes('/log/') ? Promise.reject(new Error('the store is down')) : inner.putIfAbsent(name, ...rest);
  const cold = { ...lasting(inner), putIfAbsent };
  const engine = archivedEngine({ engine: memoryEngine(), cold });
  stage = await Stage.open({ engine, manager: { model: null } });
  const told: unknown[] = [];
  stage.rooms.on('measured', ({ measurement, room }) => {
    if (measurement.type === 'flush') told.push([room.id, measurement.outcome, measurement.entries]);
  });
  await stage.join('Ana');
  await expect(engine.flush()).rejects.toThrow('the store is down');
  down = false;
  await engine.flush();
  expect(told).toEqual([
    [stage.roomId, 'failed', 1],
    [stage.roomId, 'stored', 1],
  ]);
  expect(stage.rooms.metrics()).toMatchObject({ flushes: { stored: 1, failed: 1 }, flushedEntries: 1 });
  expect(stage.rooms.metrics().flushTime.count).toBe(2);
});

it('LIFE17 sessions with the model are counted: begun, resumed, lost', async () => {
  stage = await Stage.open();
  await stage.join('Ana');
  stage.model.session.emit({ type: 'ready', model: 'scripted', resumed: true });
  stage.model.session.emit({ type: 'failed', code: 'ERR_X', reason: 'gone' });
  await settle();
  expect(stage.rooms.metrics().sessions).toEqual({ started: 1, resumed: 1, lost: 1 });
});
