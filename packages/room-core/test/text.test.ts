import { describe, expect, it } from 'vitest';
import { RoomCoreError } from '../src/errors.ts';
import { memoryEngine } from '../src/memory-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { ForgetfulEngine } from './support/forgetful-engine.ts';
import { RoughEngine, random } from './support/rough-engine.ts';
import { Stage } from './support/stage.ts';

const publish = (cid: string, text: string, toModel = false) =>
  ({ type: 'pub', cid, kind: 'msg.text', body: { text, toModel } }) as const;

describe('text', () => {
  it("TEXT1 brings what somebody writes to everybody, with the writer's name, and acknowledges it", async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    const cid = ana.say('hello');
    await settle();
    const entry = ben.port.entries.at(-1);
    expect(entry).toMatchObject({
      kind: 'msg.text',
      cid,
      actor: { participantId: 'ana', name: 'Ana' },
      body: { text: 'hello', toModel: false },
    });
    expect(ana.port.entries.at(-1)).toEqual(entry);
    expect(ana.port.last('ack')).toEqual({ type: 'ack', cid, seq: entry?.seq });
    expect(ben.port.of('ack')).toEqual([]);
  });

  it('TEXT2 stores a message once, however often it is sent, and acknowledges every time with the same place', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { clientId: 'tab' });
    for (let attempt = 0; attempt < 3; attempt += 1) ana.connection.receive(publish('tab:1', 'once'));
    await settle();
    const acks = ana.port.of('ack');
    expect(acks).toHaveLength(3);
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(1);
    expect((await stage.kinds()).filter((kind) => kind === 'msg.text')).toHaveLength(1);
  });

  it('TEXT2 stores it once also when it is sent again over a new connection', async () => {
    const stage = await Stage.open();
    const first = await stage.join('Ana', { clientId: 'tab' });
    first.connection.receive(publish('tab:1', 'once', true));
    first.connection.disconnected();
    await settle();
    const second = await stage.join('Ana', { clientId: 'tab' });
    second.connection.receive(publish('tab:1', 'once', true));
    await settle();
    expect(second.port.of('ack')).toHaveLength(1);
    expect((await stage.kinds()).filter((kind) => kind === 'msg.text')).toHaveLength(1);
    expect(stage.model.session.texts).toEqual(['Ana: once']);
  });

  it('TEXT3 refuses a message that skips numbers until the missing ones have come', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { clientId: 'tab' });
    ana.connection.receive(publish('tab:1', 'one'));
    ana.connection.receive(publish('tab:3', 'three'));
    await settle();
    expect(ana.port.last('nack')).toMatchObject({ cid: 'tab:3', code: 'ERR_CID_GAP', retryable: true });
    for (const [n, text] of [
      [2, 'two'],
      [3, 'three'],
    ] as const)
      ana.connection.receive(publish(`tab:${n}`, text));
    await settle();
    const texts = (await stage.entries()).flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
    expect(texts).toEqual(['one', 'two', 'three']);
  });

  it.each([
    { text: 'x'.repeat(16_001), code: 'ERR_ROOM_INPUT', says: '16000' },
    { text: ' \n\t ', code: 'ERR_ROOM_INPUT', says: 'spaces' },
  ])('TEXT4 refuses for good what can never be stored, and takes the next number', async ({ text, code, says }) => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { clientId: 'tab' });
    ana.connection.receive(publish('tab:1', 'one'));
    ana.connection.receive(publish('tab:2', text));
    ana.connection.receive(publish('tab:3', 'three'));
    await settle();
    expect(ana.port.of('nack')).toMatchObject([
      { cid: 'tab:2', code, retryable: false, message: expect.stringContaining(says) },
    ]);
    expect(ana.port.of('ack').map(({ cid }) => cid)).toEqual(['tab:1', 'tab:3']);
  });

  it("TEXT5 refuses another client's numbers", async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { clientId: 'tab' });
    ana.connection.receive(publish('other:1', 'x'));
    await settle();
    expect(ana.port.last('nack')).toMatchObject({ code: 'ERR_ROOM_INPUT', retryable: false });
    expect(await stage.kinds()).not.toContain('msg.text');
  });

  it('TEXT6 lets viewers read and not write, speak, show or stop the model', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const vera = await stage.join('Vera', { role: 'viewer' });
    vera.say('hello');
    vera.connection.receive({ type: 'interrupt' });
    vera.connection.receive({ type: 'media', media: { microphone: true, camera: true, screen: true } });
    await settle();
    expect(vera.port.last('nack')).toMatchObject({ code: 'ERR_NOT_ALLOWED', retryable: false });
    expect(vera.port.of('error').map(({ code }) => code)).toEqual(['ERR_NOT_ALLOWED', 'ERR_NOT_ALLOWED']);
    expect(stage.rooms.sessions()[0]?.people[1]?.connections[0]?.media.microphone).toBe(false);
    ana.say('for all');
    await settle();
    expect(vera.port.entries.at(-1)).toMatchObject({ body: { text: 'for all' } });
  });

  it('TEXT7 slows a flood down without losing or reordering anything', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { clientId: 'tab' });
    for (let n = 1; n <= 100; n += 1) ana.connection.receive(publish(`tab:${n}`, `text ${n}`));
    await settle();
    const acked = ana.port.of('ack').length;
    expect(acked).toBe(20);
    expect(ana.port.of('nack').every(({ retryable }) => retryable)).toBe(true);
    for (let n = acked + 1; n <= 100; ) {
      await stage.clock.run(1_000, 1_000);
      for (let sent = 0; sent < 10; sent += 1, n += 1) ana.connection.receive(publish(`tab:${n}`, `text ${n}`));
      await settle();
    }
    const texts = (await stage.entries()).flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
    expect(texts).toEqual(Array.from({ length: 100 }, (_, index) => `text ${index + 1}`));
  });

  it('TEXT8 says that a message was not stored when the store fails, and takes it again later', async () => {
    const rough = new RoughEngine(memoryEngine(), { random: random(1) });
    const stage = await Stage.open({ engine: rough });
    const ana = await stage.join('Ana', { clientId: 'tab' });
    rough.failing = true;
    ana.connection.receive(publish('tab:1', 'one', true));
    await settle();
    expect(ana.port.last('nack')).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', retryable: true });
    expect(stage.model.session.texts).toEqual([]);
    expect(stage.errors).toMatchObject([{ stage: 'connection', error: { code: 'ERR_STORE_UNAVAILABLE' } }]);
    rough.failing = false;
    ana.connection.receive(publish('tab:1', 'one', true));
    await settle();
    expect(ana.port.of('ack')).toHaveLength(1);
    expect(stage.model.session.texts).toEqual(['Ana: one']);
  });

  it('TEXT12 takes no text before an earlier one that was refused for now, nor while that one is on its way', async () => {
    const inner = memoryEngine();
    let failing = true;
    let isHeld = false;
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const engine = delegateEngine(inner, {
      append: async (roomId, entry, options) => {
        if (entry.kind === 'msg.text' && failing) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'not now');
        if (entry.cid === 'tab:1') {
          // As when its room has to be read back first.
          isHeld = true;
          await held;
        }
        return inner.append(roomId, entry, options);
      },
    });
    const stage = await Stage.open({ engine });
    const ana = await stage.join('Ana', { clientId: 'tab' });
    ana.connection.receive(publish('tab:1', 'one'));
    await settle();
    failing = false;
    // Of a client that the log does not know any number could be the first.
    ana.connection.receive(publish('tab:2', 'two'));
    await settle();
    expect(ana.port.of('nack').map(({ cid, code }) => [cid, code])).toEqual([
      ['tab:1', 'ERR_STORE_UNAVAILABLE'],
      ['tab:2', 'ERR_CID_GAP'],
    ]);
    for (const n of [1, 2, 3]) ana.connection.receive(publish(`tab:${n}`, `text ${n}`));
    await settle();
    expect([isHeld, ana.port.of('ack')]).toEqual([true, []]);
    go();
    await settle();
    expect(ana.port.of('ack').map(({ cid }) => cid)).toEqual(['tab:1', 'tab:2', 'tab:3']);
    const texts = ana.port.entries.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
    expect(texts).toEqual(['text 1', 'text 2', 'text 3']);
  });

  it('TEXT12 uses up no number of a text that still waits when its client goes', async () => {
    const inner = memoryEngine();
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const engine = delegateEngine(inner, {
      append: async (roomId, entry, options) => {
        if (entry.cid === 'tab:1') await held;
        return inner.append(roomId, entry, options);
      },
    });
    const stage = await Stage.open({ engine });
    const ana = await stage.join('Ana', { clientId: 'tab' });
    for (const n of [1, 2]) ana.connection.receive(publish(`tab:${n}`, `text ${n}`));
    await settle();
    // Nobody is here any more who might write.
    ana.connection.receive({ type: 'leave' });
    go();
    await settle();
    const again = await stage.join('Ana', { clientId: 'tab' });
    for (const n of [1, 2]) again.connection.receive(publish(`tab:${n}`, `text ${n}`));
    await settle();
    expect(again.port.of('ack').map(({ cid }) => cid)).toEqual(['tab:1', 'tab:2']);
    const texts = (await stage.entries()).flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
    expect(texts).toEqual(['text 1', 'text 2']);
  });

  it('TEXT12 uses up no number of a text that is refused for good while what came before it is lost', async () => {
    const engine = new ForgetfulEngine(() => 0);
    const stage = await Stage.open({ engine });
    const ana = await stage.join('Ana', { clientId: 'tab' });
    ana.connection.receive(publish('tab:1', 'one'));
    await settle();
    await engine.forget(stage.roomId, 1);
    ana.connection.receive(publish('tab:2', '   '));
    await settle();
    expect(ana.port.of('nack')).toMatchObject([{ cid: 'tab:2', code: 'ERR_STORE_UNAVAILABLE', retryable: true }]);
    expect(ana.port.of('epoch')).toHaveLength(1);
    ana.connection.receive(publish('tab:1', 'one'));
    ana.connection.receive(publish('tab:2', '   '));
    await settle();
    expect(ana.port.of('nack').slice(1)).toMatchObject([{ cid: 'tab:2', code: 'ERR_ROOM_INPUT', retryable: false }]);
    const texts = (await stage.entries()).flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
    expect(texts).toEqual(['one']);
  });

  it('TEXT9 takes nothing from a connection that is gone', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.connection.disconnected();
    ana.connection.disconnected();
    ana.say('too late');
    ana.connection.receive({ type: 'leave' });
    await settle();
    expect(await stage.kinds()).not.toContain('msg.text');
    expect(ana.port.closed).toBeNull();
  });

  it('TEXT10 leaves at once on request, and only the tab that asks', async () => {
    const stage = await Stage.open();
    const ben = await stage.join('Ben');
    const ana = await stage.join('Ana');
    const second = await stage.join('Ana');
    ana.connection.receive({ type: 'leave' });
    expect(ana.port.closed).toEqual({ code: 1000, reason: 'left' });
    expect(second.port.closed).toBeNull();
    expect(ben.port.of('presence').flatMap(({ removed }) => removed)).toEqual([]);
    second.connection.receive({ type: 'leave' });
    await settle();
    expect(ben.port.last('presence').removed).toEqual(['ana']);
    expect(ben.port.entries.at(-1)).toMatchObject({
      kind: 'participant.removed',
      body: { name: 'Ana', reason: 'left' },
    });
  });

  it('TEXT11 keeps the room going when a port throws', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    ana.port.send = () => {
      throw new Error('at fault');
    };
    ben.say('hello');
    await settle();
    expect(ben.port.entries.at(-1)).toMatchObject({ body: { text: 'hello' } });
    expect(ben.port.of('ack')).toHaveLength(1);
    expect(stage.errors[0]).toMatchObject({ stage: 'connection' });
  });
});
