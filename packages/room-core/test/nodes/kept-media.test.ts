import { describe, expect, it } from 'vitest';
import type { RecordingStore } from '../../src/ports/recording-store.ts';
import { settle } from '../../src/testing/fake-clock.ts';
import { NodeStage } from '../support/node-stage.ts';

const LEASE_MS = 10_000;

/** Takes everything, and keeps nothing. */
const nowhere: RecordingStore = {
  begin: async () => ({ track: () => ({ write: async () => {} }), end: async () => {} }),
  list: async () => [],
  read: async () => null,
  delete: async () => {},
};

/** Ana is at the server that runs the room; Ben, a host, has the floor, Cleo waits for it, her camera is pinned, it is recorded. */
async function arranged() {
  const stage = await NodeStage.open({
    defaultConfiguration: { floor: 'floor', floorMode: 'queue' },
    recordings: nowhere,
  });
  const [a, b] = [stage.server('a'), stage.server('b')];
  const ana = await a.join('Ana');
  const ben = await b.join('Ben', { role: 'host' });
  const cleo = await b.join('Cleo');
  for (const { connection } of [ben, cleo]) {
    connection.receive({ type: 'floor', action: 'request' });
    await settle();
  }
  ben.connection.receive({ type: 'pin', pin: { participantId: 'cleo', source: 'camera' } });
  ben.connection.receive({ type: 'request', id: '1', action: 'record', active: true });
  await stage.clock.run(1_000, 100);
  const told = () => ({
    floor: [cleo.port.last('floor').floor.holder, ...cleo.port.last('floor').floor.queue],
    pin: cleo.port.last('pin').pin?.participantId,
    recording: cleo.port.last('recording').recording.active,
  });
  expect(told()).toEqual({ floor: ['ben', 'cleo'], pin: 'cleo', recording: true });
  const ends = async () =>
    (await stage.entries()).flatMap((entry) => (entry.kind === 'recording.stopped' ? [entry.body.reason] : []));
  return { stage, a, b, ana, ben, cleo, told, ends };
}

describe('what people have arranged in a room on several servers', () => {
  it('SHARE9 stays when the owner dies: the floor, who waits for it, what is pinned; a recording has ended, and the log says so', async () => {
    const { stage, a, b, cleo, told, ends } = await arranged();
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    expect(stage.owner).toBe('b');
    expect(told()).toEqual({ floor: ['ben', 'cleo'], pin: 'cleo', recording: false });
    expect(await ends()).toEqual(['failed']);
    // It goes on by the same rules, and is told once.
    cleo.connection.receive({ type: 'leave' });
    await stage.clock.run(1_000, 100);
    stage.server('c');
    b.kill();
    await stage.clock.run(LEASE_MS + 20_000, 500);
    expect(await ends()).toEqual(['failed']);
  });

  it('SHARE9 stays when the owner hands over, and a recording ends in order', async () => {
    const { stage, a, told, ends } = await arranged();
    const stopped = a.rooms.shutdown();
    await stage.clock.run(1_000, 50);
    await stopped;
    expect(stage.owner).toBe('b');
    expect(told()).toEqual({ floor: ['ben', 'cleo'], pin: 'cleo', recording: false });
    expect(await ends()).toEqual(['room ended']);
  });

  it('SHARE9 is forgotten with those who do not come back', async () => {
    const { stage, a, b, ends } = await arranged();
    a.kill();
    b.kill();
    const c = stage.server('c');
    await stage.clock.run(LEASE_MS, 500);
    const dora = await c.join('Dora');
    await stage.clock.run(1_000, 100);
    expect(dora.port.last('welcome').floor.holder).toBe('ben');
    await stage.clock.run(20_000, 500);
    expect(dora.sees).toEqual(['Dora', 'Model']);
    expect(dora.port.last('floor').floor).toMatchObject({ holder: null, queue: [] });
    expect(dora.port.last('pin').pin).toBeNull();
    expect(await ends()).toEqual(['failed']);
  });

  it('SHARE9 a room that was closed while it was recorded does not end its recording again when it goes on', async () => {
    const { stage, b, ends } = await arranged();
    // By a server that has nobody in the room.
    const c = stage.server('c');
    await c.rooms.close(stage.roomId, { reason: 'done' });
    await stage.clock.run(2_000, 100);
    expect(await ends()).toHaveLength(1);
    await c.rooms.reopen(stage.roomId);
    const dora = await b.join('Dora');
    await stage.clock.run(2_000, 100);
    expect(dora.sees).toEqual(['Dora', 'Model']);
    expect(await ends()).toHaveLength(1);
  });
});
