import { MediaKind } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { settle } from '../../src/testing/fake-clock.ts';
import { sine } from '../../src/testing/signals.ts';
import { anaAndBen, NodeStage } from '../support/node-stage.ts';
import { audioFrame } from '../support/stage.ts';

const LEASE_MS = 10_000;

async function two() {
  const met = await anaAndBen();
  const cleo = await met.b.join('Cleo');
  await settle();
  return { ...met, cleo };
}

describe('a room on several servers', () => {
  it('SHARE1 runs on one of them; everybody is in one roster, with one model', async () => {
    const { stage, a, b, ana, ben, cleo } = await two();
    expect(stage.owner).toBe('a');
    for (const guest of [ana, ben, cleo]) {
      expect(guest.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Model']);
      expect(guest.port.of('model').at(-1)?.model.status ?? guest.port.last('welcome').model.status).toBe('listening');
    }
    expect([a.model.sessions.length, b.model.sessions.length]).toEqual([1, 0]);
    expect(a.rooms.sessions().map(({ people }) => people.length)).toEqual([3]);
    expect((await stage.kinds()).filter((kind) => kind === 'participant.added')).toHaveLength(3);
    expect([...a.errors, ...b.errors]).toEqual([]);
  });

  it('SHARE2 everybody hears the others and the model, and nobody themselves', async () => {
    const { stage, a, ana, ben, cleo } = await two();
    const guests = [ana, ben, cleo];
    for (const guest of guests) {
      guest.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    }
    await settle();
    for (let index = 0; index < 50; index += 1) {
      for (const guest of guests)
        guest.connection.receiveMedia(audioFrame(index, sine({ frequency: 440, samples: 320, offset: index * 320 })));
      await stage.clock.run(20);
    }
    a.model.session.emit({ type: 'audio', samples: new Int16Array(480) });
    await stage.clock.run(100);
    const indexOf = (guest: (typeof guests)[number]) => guest.connection.index;
    for (const guest of guests) {
      const heard = new Set(
        guest.port.frames.filter(({ kind }) => kind === MediaKind.personAudio).map(({ participant }) => participant),
      );
      expect([...heard].sort()).toEqual(
        guests
          .filter((other) => other !== guest)
          .map(indexOf)
          .sort(),
      );
      expect(guest.port.frames.some(({ kind }) => kind === MediaKind.modelAudio)).toBe(true);
    }
    expect(a.model.session.frames.length).toBeGreaterThan(20);
  });

  it('SHARE3 texts do not pass through the owner: they are stored and seen while it is dead', async () => {
    const { a, ben, cleo } = await two();
    a.kill();
    const cid = ben.say('Is anybody here?');
    await settle();
    expect(ben.port.last('ack').cid).toBe(cid);
    expect([ben.texts, cleo.texts]).toEqual([['Is anybody here?'], ['Is anybody here?']]);
  });

  it('SHARE4 another server takes over within the length of a lease; nobody leaves, and the model is back', async () => {
    const { stage, a, b, ben, cleo } = await two();
    a.model.session.emit({ type: 'resumable', handle: 'handle-1' });
    await stage.clock.run(1_000);
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    expect(stage.owner).toBe('b');
    expect(b.model.session.options.resume).toBe('handle-1');
    expect(b.rooms.metrics().leases).toEqual({ taken: 1, lost: 0, handedOver: 0 });
    expect(ben.port.of('model').map(({ model }) => model.status)).toContain('reconnecting');
    expect(ben.port.last('model').model.status).toBe('listening');
    expect(ben.sees).toEqual(['(Ana)', 'Ben', 'Cleo', 'Model']);
    expect(await stage.kinds()).not.toContain('participant.removed');
    ben.say('Still there?', true);
    await settle();
    expect(b.model.session.texts).toEqual(['Ben: Still there?']);
    // Whoever was on the dead server is away, and leaves after the usual time.
    await stage.clock.run(15_000, 100);
    expect(cleo.sees).toEqual(['Ben', 'Cleo', 'Model']);
    const kinds = await stage.kinds();
    expect(kinds.filter((kind) => kind === 'participant.added')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'participant.removed')).toHaveLength(1);
    expect(b.errors).toEqual([]);
  });

  it('SHARE4 a text for the model that is written while nobody runs the room is answered by the next one', async () => {
    const { stage, a, b, ben } = await two();
    a.kill();
    // By then the silence of the owner was noticed.
    await stage.clock.run(5_000, 100);
    ben.say('Who is there?', true);
    await stage.clock.run(LEASE_MS, 100);
    expect(b.model.session.texts).toEqual(['Ben: Who is there?']);
  });

  it('SHARE4 versions of presence go on by one through a takeover', async () => {
    const { stage, a, b, ben } = await two();
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    const dora = await b.join('Dora');
    await settle();
    dora.connection.disconnected();
    await stage.clock.run(20_000, 100);
    const versions = ben.port.of('presence').map(({ version }) => version);
    const first = ben.port.last('welcome').presenceVersion;
    expect(versions).toEqual(versions.map((_, index) => first + index + 1));
    expect(ben.sees).toEqual(['Ben', 'Cleo', 'Model']);
  });

  it('SHARE5 what the model was saying when its server died is kept as far as people heard it', async () => {
    const { stage, a, ben } = await two();
    a.model.session.emit({ type: 'outputTranscript', text: 'The answer ' }, { type: 'outputTranscript', text: 'is' });
    await settle();
    const { messageId } = ben.port.last('delta');
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    expect(ben.port.of('interrupted')).toEqual([{ type: 'interrupted', turn: 1 }]);
    expect((await stage.entries()).filter(({ kind }) => kind === 'ai.interrupted')).toMatchObject([
      { body: { messageId, text: 'The answer is', reason: 'failover' } },
    ]);
  });

  it('SHARE6 a server that is not heard of any more has its people away, and then gone (scenario 9)', async () => {
    const { stage, b, ana } = await two();
    b.kill();
    await stage.clock.run(10_000, 100);
    expect(ana.sees).toEqual(['(Ben)', '(Cleo)', 'Ana', 'Model']);
    await stage.clock.run(15_000, 100);
    expect(ana.sees).toEqual(['Ana', 'Model']);
    expect((await stage.kinds()).filter((kind) => kind === 'participant.removed')).toHaveLength(2);
  });

  it('SHARE7 a server that stops hands its rooms over at once; nobody leaves', async () => {
    const { stage, a, b, ana, ben } = await two();
    a.model.session.emit({ type: 'resumable', handle: 'handle-2' });
    await settle();
    const stopped = a.rooms.shutdown({ graceMs: 5_000 });
    await stage.clock.run(1_000, 50);
    expect(stage.owner).toBe('b');
    expect(a.model.session.closed).toBe(true);
    expect(b.model.session.options.resume).toBe('handle-2');
    expect(ana.port.of('goaway')).toHaveLength(1);
    // Whoever is still connected there is served from the new owner.
    ana.say('I am going', true);
    await settle();
    expect(b.model.session.texts).toEqual(['Ana: I am going']);
    expect(ben.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Model']);
    await stage.clock.run(5_000, 100);
    await stopped;
    expect(ana.port.closed?.code).toBe(4503);
    expect(await stage.kinds()).not.toContain('participant.removed');
    expect([...a.errors, ...b.errors]).toEqual([]);
  });

  it('SHARE8 an owner that is cut off stops before another one begins (scenario 15)', async () => {
    const { stage, a, b, ana } = await two();
    a.node.isCutOff = true;
    await stage.clock.run(0.7 * LEASE_MS + 100, 100);
    expect(a.model.session.closed).toBe(true);
    expect(stage.owner).toBe('a');
    expect(b.model.sessions).toHaveLength(0);
    expect(ana.port.last('model').model.status).toBe('reconnecting');
    await stage.clock.run(0.3 * LEASE_MS + 2_000, 100);
    expect(stage.owner).toBe('b');
    a.node.isCutOff = false;
    await stage.clock.run(2_000, 100);
    expect(ana.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Model']);
    expect(ana.port.last('model').model.status).toBe('listening');
    expect(a.model.sessions).toHaveLength(1);
  });

  it('SHARE9 roles, requests and the floor work from every server, and a role is kept over a takeover', async () => {
    const stage = await NodeStage.open({ defaultConfiguration: { floor: 'floor', floorMode: 'open' } });
    const [a, b] = [stage.server('a'), stage.server('b')];
    await a.join('Ana');
    const ben = await b.join('Ben', { role: 'host' });
    const cleo = await b.join('Cleo');
    ben.connection.receive({ type: 'request', id: '1', action: 'setRole', participantId: 'cleo', role: 'viewer' });
    await settle();
    expect(ben.port.last('done').id).toBe('1');
    cleo.say('I may not');
    await settle();
    expect(cleo.port.last('nack').code).toBe('ERR_NOT_ALLOWED');
    ben.connection.receive({ type: 'floor', action: 'request' });
    await settle();
    expect(cleo.port.last('floor').floor.holder).toBe('ben');
    await stage.clock.run(1_000, 100);
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    cleo.say('I still may not');
    await settle();
    expect(cleo.port.of('nack').map(({ code }) => code)).toEqual(['ERR_NOT_ALLOWED', 'ERR_NOT_ALLOWED']);
    ben.connection.receive({ type: 'request', id: '2', action: 'close' });
    await stage.clock.run(1_000, 100);
    for (const { port } of [ben, cleo]) {
      expect(port.closed?.code).toBe(4410);
      expect(port.entries.at(-1)?.kind).toBe('room.closed');
    }
    expect(stage.owner).toBeNull();
  });

  it('SHARE10 a message between servers that got lost is noticed, and everybody sees the same again', async () => {
    const { stage, a, b, ana, ben } = await two();
    b.node.isCutOff = true;
    const dora = await a.join('Dora');
    b.node.isCutOff = false;
    expect(ben.sees).not.toContain('Dora');
    await stage.clock.run(4_000, 100);
    expect(ben.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Dora', 'Model']);
    dora.connection.receive({ type: 'leave' });
    await stage.clock.run(100);
    for (const guest of [ana, ben]) expect(guest.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Model']);
    expect(await stage.kinds()).not.toContain('session.resumed');
  });

  it('SHARE10 a server that stood still for 20 s has its people back as they were, without ghosts (scenario 10)', async () => {
    const { stage, b, ana, ben, cleo } = await two();
    b.node.isCutOff = true;
    await stage.clock.run(9_000, 100);
    // One of them comes back on another server, the other one waits.
    const again = await stage.server('c').join('Cleo', { before: cleo });
    await stage.clock.run(11_000, 100);
    b.node.isCutOff = false;
    await stage.clock.run(5_000, 100);
    for (const guest of [ana, ben, again]) expect(guest.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Model']);
    expect(cleo.port.closed?.code ?? again.port.closed?.code).toBe(4409);
    expect((await stage.kinds()).filter((kind) => kind === 'participant.removed')).toHaveLength(0);
  });

  it('SHARE11 a room that everybody has left rests, and its lease is free', async () => {
    const { stage, a, b, ana, ben, cleo } = await two();
    for (const guest of [ana, ben, cleo]) guest.connection.receive({ type: 'leave' });
    await stage.clock.run(60_000, 500);
    expect(stage.owner).toBeNull();
    expect(a.model.session.closed).toBe(true);
    expect([a.rooms.sessions(), b.rooms.sessions()]).toEqual([[], []]);
    expect(stage.clock.pendingTimers).toBe(0);
    const back = await b.join('Ben');
    expect([stage.owner, back.sees]).toEqual(['b', ['Ben', 'Model']]);
    expect([...a.errors, ...b.errors]).toEqual([]);
  });
});
