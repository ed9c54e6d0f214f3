import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomManagerEvents } from '../src/room-events.ts';
import { RoomManager } from '../src/room-manager.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { RoughEngine, random } from './support/rough-engine.ts';
import { Stage } from './support/stage.ts';

describe('life of a room', () => {
  let stage: Stage;
  afterEach(async () => {
    await stage?.rooms.shutdown();
  });

  it('LIFE1 creates rooms under random ids that are safe in addresses and say nothing of their age', async () => {
    stage = await Stage.open();
    const ids = await Promise.all(Array.from({ length: 50 }, async () => (await stage.rooms.create({ name: 'R' })).id));
    expect(new Set(ids).size).toBe(50);
    expect(ids.filter((id) => !/^[A-Za-z0-9_-]{16}$/.test(id))).toEqual([]);
    // Random letters in front: ids made one after the other do not share a beginning.
    expect(new Set(ids.map((id) => id[0])).size).toBeGreaterThan(5);
  });

  it('LIFE1 gives a room what it was created with, and defaults for the rest', async () => {
    stage = await Stage.open({ manager: { defaultConfiguration: { voice: 'Puck' } } });
    const room = await stage.rooms.create({
      name: '  Panel  ',
      id: 'panel-1',
      configuration: { instructions: 'Ask.' },
    });
    expect(room).toEqual({
      id: 'panel-1',
      name: 'Panel',
      createdBy: null,
      configurationVersion: 1,
      locked: false,
      waitingRoom: false,
      status: 'open',
      createdAt: stage.clock.now(),
      closedAt: null,
      configuration: { ...DEFAULT_ROOM_CONFIGURATION, speakerCues: 'none', instructions: 'Ask.', voice: 'Puck' },
    });
    expect(await stage.rooms.get('panel-1')).toEqual(room);
    await expect(stage.rooms.create({ name: 'Again', id: 'panel-1' })).rejects.toMatchObject({
      code: 'ERR_ROOM_EXISTS',
    });
  });

  it('LIFE18 keeps who made a room, as long as there is the room', async () => {
    stage = await Stage.open();
    const by = { participantId: 'p-ana', name: 'Ana' };
    const { id, createdBy } = await stage.rooms.create({ name: 'Panel', by });
    expect(createdBy).toEqual(by);
    await stage.rooms.configure(id, { version: 1, changes: { voice: 'Puck' } });
    await stage.rooms.close(id, { by: { participantId: 'p-ben', name: 'Ben' } });
    expect((await stage.rooms.get(id)).createdBy).toEqual(by);
    expect((await stage.rooms.list()).rooms[0]?.createdBy).toEqual(by);
    expect((await stage.rooms.create({ name: 'Of the server' })).createdBy).toBeNull();
  });

  it.each([
    { input: { name: '' }, says: 'name' },
    { input: { name: '   ' }, says: '1 to 80' },
    { input: { name: 'x'.repeat(81) }, says: '1 to 80' },
    { input: { name: 'a\nb' }, says: 'line breaks' },
    { input: { name: 7 }, says: 'string' },
    { input: { name: 'R', id: '../etc' }, says: 'letters' },
    { input: { name: 'R', id: 'a/b' }, says: 'letters' },
    { input: { name: 'R', id: '' }, says: 'letters' },
    { input: { name: 'R', id: 'x'.repeat(65) }, says: '64' },
    { input: { name: 'R', configuration: null }, says: 'object' },
    { input: { name: 'R', configuration: { tone: 'x' } }, says: 'tone' },
    { input: { name: 'R', configuration: { instructions: 'x'.repeat(20_001) } }, says: '20000' },
    { input: { name: 'R', configuration: { voice: '<b>' } }, says: 'voice' },
    { input: { name: 'R', configuration: { model: 'projects/../x' } }, says: 'model' },
    { input: { name: 'R', configuration: { floor: 'shout' } }, says: 'floor' },
    { input: { name: 'R', configuration: ['x'] }, says: 'object' },
  ])('LIFE2 refuses to create $input', async ({ input, says }) => {
    stage = await Stage.open();
    await expect(stage.rooms.create(input as never)).rejects.toMatchObject({
      code: 'ERR_ROOM_INPUT',
      message: expect.stringContaining(says),
    });
  });

  it.each(['..', '../secret', 'a/b', '', '%2e%2e', 'x y', 'ä', null, 7])(
    'LIFE3 refuses the id %j everywhere',
    async (id) => {
      stage = await Stage.open();
      const wrong = { code: 'ERR_ROOM_INPUT' };
      await expect(stage.rooms.get(id as never)).rejects.toMatchObject(wrong);
      await expect(stage.rooms.close(id as never)).rejects.toMatchObject(wrong);
      await expect(stage.rooms.history(id as never)).rejects.toMatchObject(wrong);
      stage.roomId = id as never;
      await expect(stage.join('Ana')).rejects.toMatchObject(wrong);
    },
  );

  it('LIFE3 says that an unknown room is unknown', async () => {
    stage = await Stage.open();
    const unknown = { code: 'ERR_ROOM_NOT_FOUND' };
    await expect(stage.rooms.get('nowhere')).rejects.toMatchObject(unknown);
    await expect(stage.rooms.close('nowhere')).rejects.toMatchObject(unknown);
    await expect(stage.rooms.history('nowhere')).rejects.toMatchObject(unknown);
    stage.roomId = 'nowhere';
    await expect(stage.join('Ana')).rejects.toMatchObject(unknown);
    expect(stage.rooms.sessions()).toEqual([]);
  });

  it('LIFE4 lists rooms newest first, with how many people are there', async () => {
    stage = await Stage.open();
    await stage.join('Ana');
    await stage.join('Ben');
    stage.clock.advance(10);
    await stage.rooms.create({ name: 'Newer' });
    const first = await stage.rooms.list({ limit: 1 });
    expect(first.rooms).toMatchObject([{ name: 'Newer', participantCount: 0 }]);
    const second = await stage.rooms.list({ limit: 1, cursor: first.cursor ?? '' });
    expect(second).toMatchObject({ rooms: [{ name: 'Panel', participantCount: 2 }], cursor: null });
    await expect(stage.rooms.list({ cursor: 'made up' })).rejects.toMatchObject({ code: 'ERR_ROOM_CURSOR' });
    await expect(stage.rooms.list({ limit: 1000 })).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
  });

  it('LIFE5 closes a room once: everybody is sent away with the reason after they saw the last entry', async () => {
    stage = await Stage.open();
    const closed = vi.fn();
    stage.rooms.on('roomClosed', closed);
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    const results = await Promise.all([
      stage.rooms.close(stage.roomId, { reason: 'time is up', by: { participantId: 'ana', name: 'Ana' } }),
      stage.rooms.close(stage.roomId),
    ]);
    expect(results).toMatchObject([{ status: 'closed' }, { status: 'closed' }]);
    for (const { port } of [ana, ben]) {
      expect(port.closed).toEqual({ code: 4410, reason: 'time is up' });
      expect(port.entries.at(-1)).toMatchObject({
        kind: 'room.closed',
        actor: { name: 'Ana' },
        body: { reason: 'time is up' },
      });
    }
    expect((await stage.kinds()).filter((kind) => kind === 'room.closed')).toHaveLength(1);
    expect(await stage.rooms.close(stage.roomId)).toMatchObject({ status: 'closed', closedAt: stage.clock.now() });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(stage.model.session.closed).toBe(true);
    expect(stage.rooms.sessions()).toEqual([]);
    ana.connection.disconnected();
    stage.clock.advance(60_000);
    await settle();
    expect((await stage.kinds()).at(-1)).toBe('room.closed');
  });

  it('LIFE5 cuts a close reason at the length that a close frame takes', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana');
    await stage.rooms.close(stage.roomId, { reason: 'ü'.repeat(100) });
    expect(ana.port.closed?.reason).toBe('ü'.repeat(61));
    expect(ana.port.entries.at(-1)?.body).toEqual({ reason: 'ü'.repeat(100) });
  });

  it('LIFE6 refuses to join a closed room with one clear error, and still shows its history', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.say('hello');
    await settle();
    await stage.rooms.close(stage.roomId);
    await expect(stage.join('Ben')).rejects.toMatchObject({ code: 'ERR_ROOM_CLOSED' });
    expect(await stage.kinds()).toContain('msg.text');
    expect(stage.model.sessions).toHaveLength(1);
  });

  it('LIFE6 stores nothing behind the last entry of a room that is being closed', async () => {
    stage = await Stage.open({ engine: new RoughEngine(memoryEngine(), { random: () => 0.99, delayTurns: 3 }) });
    const ana = await stage.join('Ana', { clientId: 'tab' });
    const closing = stage.rooms.close(stage.roomId);
    for (let turn = 0; turn < 30 && !ana.port.closed; turn += 1) {
      ana.say(`still there ${turn}`);
      await settle();
    }
    await closing;
    expect((await stage.kinds()).at(-1)).toBe('room.closed');
    expect(ana.port.of('nack').at(-1)).toMatchObject({ code: 'ERR_ROOM_CLOSED', retryable: false });
  });

  it('LIFE6 lets nobody slip in while the room is being closed', async () => {
    stage = await Stage.open();
    let refused = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const engine = new RoughEngine(memoryEngine(), { random: random(seed), delayTurns: 4 });
      stage = await Stage.open({ engine });
      const joining = Promise.allSettled([stage.join('Ana'), stage.join('Ben')]);
      await stage.rooms.close(stage.roomId);
      for (const result of await joining) {
        // Either refused, or in and out again; never left inside.
        if (result.status === 'rejected') expect(result.reason.code).toBe('ERR_ROOM_CLOSED');
        else expect(result.value.port.closed).toMatchObject({ code: 4410 });
        if (result.status === 'rejected') refused += 1;
      }
      expect(stage.rooms.sessions()).toEqual([]);
      expect((await stage.kinds()).at(-1)).toBe('room.closed');
      expect(stage.model.sessions.every(({ closed }) => closed)).toBe(true);
    }
    // Both outcomes were seen.
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(80);
  });

  it('LIFE7 never closes a room because people leave', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    ben.connection.receive({ type: 'leave' });
    await settle();
    expect(ana.port.closed).toBeNull();
    ana.connection.receive({ type: 'leave' });
    await stage.clock.run(120_000, 5_000);
    expect(await stage.rooms.get(stage.roomId)).toMatchObject({ status: 'open' });
    expect(stage.rooms.sessions()).toEqual([]);
    await stage.join('Ana');
    expect(await stage.kinds()).not.toContain('room.closed');
  });

  it('LIFE8 pages through history in both directions, also of a closed room', async () => {
    stage = await Stage.open({ manager: { limits: { maxTextsPerSecond: 0 } } });
    const ana = await stage.join('Ana');
    for (let n = 2; n <= 30; n += 1) ana.say(`text ${n}`);
    await settle();
    await stage.rooms.close(stage.roomId);
    const seqs = async (options?: Parameters<RoomManager['history']>[1]) => {
      const page = await stage.rooms.history(stage.roomId, options);
      return [page.entries.map(({ seq }) => seq), page.hasOlder, page.hasNewer];
    };
    const all = (await stage.rooms.history(stage.roomId, { limit: 500 })).entries.length;
    expect(await seqs({ limit: 3 })).toEqual([[all - 2, all - 1, all], true, false]);
    expect(await seqs({ before: 4, limit: 2 })).toEqual([[2, 3], true, true]);
    expect(await seqs({ before: 2 })).toEqual([[1], false, true]);
    expect(await seqs({ before: 1 })).toEqual([[], false, true]);
    expect(await seqs({ from: 5, limit: 2 })).toEqual([[5, 6], true, true]);
    expect(await seqs({ from: 3, before: 5 })).toEqual([[3, 4], true, true]);
    expect(await seqs({ from: 1000 })).toEqual([[], true, false]);
    const walked: number[] = [];
    for await (const { seq } of stage.rooms.entries(stage.roomId, { from: 2 })) walked.push(seq);
    expect(walked).toEqual(Array.from({ length: all - 1 }, (_, index) => index + 2));
    for (const options of [{ limit: 0 }, { limit: 501 }, { from: 0 }, { before: -1 }, { from: Number.NaN }]) {
      await expect(stage.rooms.history(stage.roomId, options)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
    }
  });

  it('LIFE9 shuts down in order: nobody new, everybody told and closed with a code to retry, engine closed', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana');
    const done = stage.rooms.shutdown({ graceMs: 1000 });
    expect(ana.port.last('goaway').inMs).toBeLessThan(1000);
    await expect(stage.join('Ben')).rejects.toMatchObject({ code: 'ERR_SHUT_DOWN' });
    await expect(stage.rooms.create({ name: 'R' })).rejects.toMatchObject({ code: 'ERR_SHUT_DOWN' });
    expect(ana.port.closed).toBeNull();
    await stage.clock.run(1000);
    await done;
    expect(ana.port.closed?.code).toBe(4503);
    expect(stage.model.session.closed).toBe(true);
    await expect(stage.engine.rooms.get('x')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await stage.rooms.shutdown();
  });

  it('LIFE9 lets the model end its answer while it shuts down, and tells people to go when it has', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana');
    const { session } = stage.model;
    session.emit({ type: 'outputTranscript', text: 'Half of it,' });
    const done = stage.rooms.shutdown({ graceMs: 5_000 });
    await stage.clock.run(2_000);
    expect(ana.port.of('goaway')).toEqual([]);
    session.emit({ type: 'outputTranscript', text: ' and the rest.' }, { type: 'turnComplete', reason: null });
    expect(ana.port.last('goaway').inMs).toBeLessThan(3_000);
    await settle();
    expect(ana.port.entries.at(-1)).toMatchObject({ kind: 'ai.message', body: { text: 'Half of it, and the rest.' } });
    await stage.clock.run(3_000);
    await done;
    expect(ana.port.closed?.code).toBe(4503);
  });

  it('LIFE9 waits for an answer no longer than the time it was given', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana');
    stage.model.session.emit({ type: 'outputTranscript', text: 'I could go on for ever,' });
    const done = stage.rooms.shutdown({ graceMs: 1_000 });
    await stage.clock.run(1_000);
    await done;
    expect(ana.port.of('interrupted')).toHaveLength(1);
    expect(ana.port.closed?.code).toBe(4503);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('LIFE10 tells listeners what happens, and a listener that throws harms nobody', async () => {
    stage = await Stage.open();
    const heard: string[] = [];
    const types = ['participantJoined', 'participantLeft', 'entryAppended', 'roomClosed'] as const;
    const undo = types.map((type) => stage.rooms.on(type, () => heard.push(type)));
    stage.rooms.on('participantJoined', () => {
      throw new Error('at fault');
    });
    const ana = await stage.join('Ana');
    ana.connection.receive({ type: 'leave' });
    await settle();
    expect(heard).toEqual(['participantJoined', 'entryAppended', 'entryAppended', 'participantLeft', 'entryAppended']);
    expect(stage.errors).toMatchObject([{ stage: 'listener', error: { message: 'at fault' } }]);
    for (const stop of undo) stop();
    await stage.join('Ben');
    expect(heard).toHaveLength(5);
  });

  it('LIFE11 shows who is connected, with which media, on which model session', async () => {
    stage = await Stage.open();
    const ana = await stage.join('Ana', { role: 'host', clientId: 'laptop' });
    ana.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    expect(stage.rooms.sessions()).toEqual([
      {
        usage: expect.objectContaining({ turns: 0, budget: 'fine' }),
        waiting: [],
        roomId: stage.roomId,
        name: 'Panel',
        people: [
          {
            participantId: 'ana',
            index: 1,
            name: 'Ana',
            role: 'host',
            status: 'present',
            speaking: false,
            connections: [
              {
                connectionId: 'c1',
                clientId: 'laptop',
                connectedAt: stage.clock.now(),
                media: { microphone: true, camera: false, screen: false },
              },
            ],
          },
        ],
        model: { status: 'listening', turn: 0, name: 'scripted-model', audioSeconds: 0 },
      },
    ]);
  });

  it.each([
    [{}, TypeError],
    [{ engine: memoryEngine() }, TypeError],
    [{ engine: memoryEngine(), model: {} }, TypeError],
    [{ engine: memoryEngine(), model: null, graceMs: -1 }, RangeError],
    [{ engine: memoryEngine(), model: null, floorReleaseMs: -1 }, RangeError],
    [{ engine: memoryEngine(), model: null, limits: { maxTextLength: Number.NaN } }, RangeError],
    [{ engine: memoryEngine(), model: null, limits: { maxFun: 1 } }, RangeError],
  ] as const)('LIFE12 refuses options %#', (options, kind) => {
    expect(() => new RoomManager(options as never)).toThrow(kind);
  });

  it('LIFE13 works without a model', async () => {
    stage = await Stage.open({ manager: { model: null } });
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    expect(ben.port.last('welcome').participants.map(({ participantId }) => participantId)).toEqual(['ana', 'ben']);
    expect(ben.port.last('welcome').model).toEqual({ status: 'off', turn: 0 });
    ana.say('hello', { toModel: true });
    await settle();
    expect(ben.port.entries.at(-1)).toMatchObject({ kind: 'msg.text', body: { text: 'hello' } });
    const events: RoomManagerEvents['error'][] = stage.errors;
    expect(events).toEqual([]);
  });
});
