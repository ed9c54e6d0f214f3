import { describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { heldEngine } from './support/held-engine.ts';
import { Stage } from './support/stage.ts';

describe('the end of a room', () => {
  it('LIFE9 leaves no timer behind when the server stops', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.connection.receive({ type: 'media', media: { microphone: true, camera: true, screen: false } });
    ana.say('Are you there?', { toModel: true });
    await settle();
    await stage.rooms.shutdown();
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('LIFE9 stops waiting for people once all of them have gone', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const stopped = stage.rooms.shutdown({ graceMs: 5_000 });
    await settle();
    ana.connection.receive({ type: 'leave' });
    await stage.clock.run(5_000);
    await stopped;
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it.each(['close', 'shutdown'] as const)(
    'LIFE5 LIFE9 opens no model session for a text that is stored while the room ends by %s',
    async (how) => {
      const engine = heldEngine(memoryEngine());
      const stage = await Stage.open({ engine });
      const ana = await stage.join('Ana');
      engine.hold();
      ana.say('Are you there?', { toModel: true });
      await settle();
      const ended = how === 'close' ? stage.rooms.close(stage.roomId) : stage.rooms.shutdown();
      await settle();
      engine.release();
      await ended;
      await settle();
      expect(stage.model.sessions.map(({ closed }) => closed)).toEqual([true]);
      await stage.rooms.shutdown();
      expect(stage.clock.pendingTimers).toBe(0);
    },
  );

  it('LIFE5 opens no model session for a microphone that is opened while the room is closed', async () => {
    const engine = heldEngine(memoryEngine());
    const stage = await Stage.open({ engine });
    const ana = await stage.join('Ana');
    engine.hold();
    const closed = stage.rooms.close(stage.roomId);
    await settle();
    ana.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    engine.release();
    await closed;
    expect(stage.model.sessions.map((session) => session.closed)).toEqual([true]);
    await stage.rooms.shutdown();
  });

  it.each(['leave', 'disconnect'] as const)(
    'LIFE5 keeps "room.closed" the last entry when somebody goes by %s while it is stored',
    async (how) => {
      const engine = heldEngine(memoryEngine());
      const stage = await Stage.open({ engine, manager: { graceMs: 0 } });
      const ana = await stage.join('Ana');
      const ben = await stage.join('Ben');
      engine.hold();
      const closed = stage.rooms.close(stage.roomId, { reason: 'done' });
      await settle();
      if (how === 'leave') ana.connection.receive({ type: 'leave' });
      else ana.connection.disconnected();
      await stage.clock.run(40);
      engine.release();
      await closed;
      expect((await stage.kinds()).at(-1)).toBe('room.closed');
      expect(ben.port.entries.at(-1)?.kind).toBe('room.closed');
      expect(ben.port.closed).toMatchObject({ code: 4410, reason: 'done' });
      await stage.rooms.shutdown();
    },
  );

  it('LIFE5 writes "room.closed" when a closing that the store failed is repeated', async () => {
    const engine = heldEngine(memoryEngine());
    const stage = await Stage.open({ engine });
    const ana = await stage.join('Ana');
    engine.break(['room.closed']);
    await expect(stage.rooms.close(stage.roomId, { reason: 'done' })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
    expect(ana.port.closed?.code).toBe(4410);
    engine.break([]);
    await stage.rooms.close(stage.roomId, { reason: 'done' });
    await stage.rooms.close(stage.roomId, { reason: 'done' });
    expect((await stage.kinds()).filter((kind) => kind === 'room.closed')).toHaveLength(1);
    await stage.rooms.shutdown();
  });
});
