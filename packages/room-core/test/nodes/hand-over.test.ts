import { NO_USAGE } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { settle } from '../../src/testing/fake-clock.ts';
import { anaAndBen, NodeGuest, NodeStage } from '../support/node-stage.ts';

const LEASE_MS = 10_000;

/** Lets everything happen that needs no time. */
async function atOnce(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await settle();
}

describe('a room that goes on on another server', () => {
  it('SHARE7 is handed over in no time: the next owner finds its lease free, and goes on with the session', async () => {
    const { stage, a, b, ana, ben } = await anaAndBen();
    a.model.session.emit({ type: 'resumable', handle: 'handle-1' });
    await settle();
    await a.rooms.handOver();
    await atOnce();
    expect(stage.owner).toBe('b');
    expect(b.model.session.options.resume).toBe('handle-1');
    expect(ben.port.last('model').model.status).toBe('listening');
    // Whoever is still connected to the first one is served on.
    await stage.clock.run(400);
    for (const guest of [ana, ben]) expect(guest.port.last('model').model.status).toBe('listening');
    ana.say('Still here', true);
    await atOnce();
    expect(b.model.session.texts).toEqual(['Ana: Still here']);
    expect(ana.port.closed).toBeNull();
    expect([...a.errors, ...b.errors]).toEqual([]);
  });

  it('SHARE7 is not given back before its model session is closed: the service would refuse to go on with it', async () => {
    const { stage, a, b } = await anaAndBen();
    let close = (): void => {};
    a.model.session.close = () =>
      new Promise((resolve) => {
        close = resolve;
      });
    const left = a.rooms.handOver();
    await atOnce();
    expect([stage.owner, b.model.sessions.length]).toEqual(['a', 0]);
    close();
    await left;
    await atOnce();
    expect([stage.owner, b.model.sessions.length]).toEqual(['b', 1]);
  });

  it('SHARE7 does not wait for a store that is slow, and the next owner counts on from what was used', async () => {
    const { stage, a, b, ben } = await anaAndBen();
    const { rooms } = stage.nodes.engine;
    const update = rooms.update.bind(rooms);
    let isSlow = true;
    const late: (() => void)[] = [];
    rooms.update = async (record) => {
      if (isSlow) await new Promise<void>((resolve) => late.push(resolve));
      return update(record);
    };
    const used = (totalTokens: number) => ({ type: 'usage', usage: { ...NO_USAGE, totalTokens } }) as const;
    a.model.session.emit(used(70));
    await a.rooms.handOver();
    await atOnce();
    expect(stage.owner).toBe('b');
    b.model.session.emit(used(30));
    await settle();
    expect(b.rooms.sessions()[0]?.usage).toMatchObject({ turns: 2, totalTokens: 100 });
    // Both of them store what they have counted, the first one last.
    await stage.clock.run(11_000, 500);
    isSlow = false;
    for (const go of late.splice(0).reverse()) {
      go();
      await atOnce();
    }
    await stage.clock.run(11_000, 500);
    expect((await rooms.get(stage.roomId))?.usage).toMatchObject({ totalTokens: 100 });
    // And where it comes back to the first one, that has learnt what was used meanwhile.
    await b.rooms.handOver();
    expect(ben.port.closed).toBeNull();
    const c = stage.server('c');
    await c.join('Cleo');
    await atOnce();
    expect(c.rooms.sessions()[0]?.usage).toMatchObject({ totalTokens: 100 });
    expect([...a.errors, ...b.errors, ...c.errors]).toEqual([]);
  });

  it('SHARE7 is free before anybody is told to look for another owner, however long the giving back takes', async () => {
    const { stage, a, b } = await anaAndBen();
    const [release, acquire] = [a.node.release.bind(a.node), b.node.acquire.bind(b.node)];
    a.node.release = async (lease) => {
      await atOnce();
      return release(lease);
    };
    const outcomes: string[] = [];
    b.node.acquire = async (...args) => {
      const found = await acquire(...args);
      outcomes.push(found.outcome);
      return found;
    };
    await a.rooms.handOver();
    await atOnce();
    expect([stage.owner, outcomes]).toEqual(['b', ['acquired']]);
  });

  it('SHARE7 is handed on by a server that is told to stop while it takes the room over', async () => {
    const { stage, a, b } = await anaAndBen();
    const kept = b.node.kept.bind(b.node);
    let go = (): void => {};
    const opening = new Promise<void>((resolve) => {
      go = resolve;
    });
    b.node.kept = async (...args) => {
      await opening;
      return kept(...args);
    };
    await a.rooms.handOver();
    await atOnce();
    expect(stage.owner).toBe('b');
    await b.rooms.handOver();
    const c = stage.server('c');
    const cleo = new NodeGuest('Cleo', {});
    const joining = c.rooms.connect(stage.roomId, cleo.hello, cleo.port);
    go();
    await stage.clock.run(1_500, 10);
    await joining;
    expect(stage.owner).toBe('c');
    expect(cleo.sees).toEqual(['Ana', 'Ben', 'Cleo', 'Model']);
    expect(c.errors).toEqual([]);
  });

  it('SHARE7 is asked for again at once when its lease was given back while somebody turned to its holder', async () => {
    const stage = await NodeStage.open();
    const silent = stage.nodes.node('silent');
    const { lease } = await silent.acquire(stage.roomId, 60_000);
    const b = stage.server('b');
    const ben = new NodeGuest('Ben', {});
    const joining = b.rooms.connect(stage.roomId, ben.hello, ben.port);
    await atOnce();
    await silent.release(lease);
    // So long the holder is waited for, and not a moment more.
    await stage.clock.run(1_000, 10);
    await atOnce();
    expect(stage.owner).toBe('b');
    await joining;
  });

  it('SHARE4 is taken over within 0.6 s from the end of the lease, though its holder was turned to in vain', async () => {
    const { stage, a } = await anaAndBen();
    a.kill();
    await stage.clock.run(LEASE_MS / 2, 10);
    for (let ms = 0; stage.owner !== null && ms < LEASE_MS; ms += 10) await stage.clock.run(10, 10);
    expect(stage.owner).toBeNull();
    await stage.clock.run(600, 10);
    expect(stage.owner).toBe('b');
  });
});
