import { describe, expect, it } from 'vitest';
import { settle } from '../../src/testing/fake-clock.ts';
import { type NodeGuest, type NodeServer, NodeStage } from '../support/node-stage.ts';

const LEASE_MS = 10_000;

/** A room that runs on `a`, of which nobody is on `b`. */
async function one(names: readonly string[] = ['Ana', 'Ben']) {
  const stage = await NodeStage.open();
  const [a, b] = [stage.server('a'), stage.server('b')];
  const guests: NodeGuest[] = [];
  for (const name of names) guests.push(await a.join(name));
  // Who is in the room is kept.
  await stage.clock.run(1_000, 100);
  return { stage, a, b, guests };
}

/** Joins, while time goes on. */
async function comeBack(stage: NodeStage, server: NodeServer, name: string, before?: NodeGuest): Promise<NodeGuest> {
  const joining = server.join(name, before && { before });
  await stage.clock.run(1_000, 100);
  return joining;
}

describe('people whose server has died', () => {
  it('SHARE12 are in again on another server before anybody runs the room, read and write there, and go on with its next owner', async () => {
    const { stage, a, b, guests } = await one();
    const [ana, ben] = guests as [NodeGuest, NodeGuest];
    ana.say('Before');
    await settle();
    a.kill();
    const ben2 = await comeBack(stage, b, 'Ben', ben);
    const ana2 = await comeBack(stage, b, 'Ana', ana);
    expect(stage.owner).toBe('a');
    const welcome = ben2.port.last('welcome');
    expect(welcome).toMatchObject({
      recovered: true,
      model: { status: 'reconnecting' },
      self: { participantId: 'ben' },
    });
    expect(welcome.self.index).toBe(ben.connection.index);
    expect(ana2.sees).toContain('Ana');
    const cid = ben2.say('Are you there?', true);
    await settle();
    expect(ben2.port.last('ack').cid).toBe(cid);
    expect([ana2.texts, ben2.texts]).toEqual([['Are you there?'], ['Are you there?']]);
    await stage.clock.run(LEASE_MS + 2_000, 100);
    expect(stage.owner).toBe('b');
    for (const guest of [ana2, ben2]) {
      expect(guest.sees).toEqual(['Ana', 'Ben', 'Model']);
      expect(guest.port.last('model').model.status).not.toBe('reconnecting');
      const versions = guest.port.of('presence').map(({ version }) => version);
      expect(versions).toEqual(versions.map((_, index) => guest.port.last('welcome').presenceVersion + index + 1));
    }
    expect(b.model.session.texts).toEqual(['Ben: Are you there?']);
    expect(await stage.kinds()).not.toContain('participant.removed');
    expect(b.errors).toEqual([]);
  });

  it('SHARE12 wait for the next owner where they were not in the room before', async () => {
    const { stage, a, b } = await one();
    a.kill();
    const joining = b.join('Dora');
    await stage.clock.run(LEASE_MS - 3_000, 100);
    expect(b.rooms.sessions()).toEqual([]);
    await stage.clock.run(5_000, 100);
    const dora = await joining;
    expect(stage.owner).toBe('b');
    expect(dora.port.of('welcome')).toHaveLength(1);
    expect(dora.sees).toContain('Dora');
  });

  it('SHARE12 keep the role that they were given, also before anybody runs the room', async () => {
    const stage = await NodeStage.open();
    const [a, b] = [stage.server('a'), stage.server('b')];
    const ana = await a.join('Ana', { role: 'host' });
    const ben = await a.join('Ben');
    ana.connection.receive({ type: 'request', id: '1', action: 'setRole', participantId: 'ben', role: 'viewer' });
    await stage.clock.run(1_000, 100);
    a.kill();
    const ben2 = await comeBack(stage, b, 'Ben', ben);
    ben2.say('I may not');
    await settle();
    expect(ben2.port.last('nack').code).toBe('ERR_NOT_ALLOWED');
  });

  it('[39] SHARE13 are all in again when 200 of them come at once, and nothing is read for each of them', async () => {
    const stage = await NodeStage.open({ limits: { maxParticipants: 201 } });
    const [a, b] = [stage.server('a'), stage.server('b')];
    const names = Array.from({ length: 200 }, (_, index) => `P${index + 1}`);
    const guests = await Promise.all(names.map((name) => a.join(name)));
    const dora = await stage.server('c').join('Dora');
    await stage.clock.run(1_000, 100);
    a.kill();
    // What they miss.
    for (let n = 1; n <= 20; n += 1) dora.say(`text ${n}`);
    await settle();
    const { reads, kept } = b.counts;
    const coming = guests.map((before, index) => b.join(names[index] ?? '', { before }));
    await stage.clock.run(1_000, 100);
    const back = await Promise.all(coming);
    for (const { port, texts } of back) {
      expect(port.last('welcome')).toMatchObject({ recovered: true });
      expect(texts).toHaveLength(20);
    }
    // A place is opened once, whoever comes; a client that has missed little is given it from memory.
    expect(b.counts.reads - reads).toBeLessThan(10);
    expect(b.counts.kept - kept).toBeLessThan(10);
    back[0]?.say('After');
    await settle();
    expect(back.filter(({ texts }) => texts.at(-1) === 'After')).toHaveLength(200);
    await stage.clock.run(LEASE_MS + 2_000, 100);
    expect(dora.sees.filter((name) => !name.startsWith('('))).toHaveLength(202);
    expect(await stage.kinds()).not.toContain('participant.removed');
  });
});
