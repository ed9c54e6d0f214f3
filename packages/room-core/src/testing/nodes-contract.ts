import { DEFAULT_ROOM_CONFIGURATION, type NewEntry } from '@colloquy/live-protocol';
import type { RoomEngine, RoomRecord } from '../ports/room-engine.ts';
import type { RoomLease, RoomNode } from '../ports/room-node.ts';

/** Two fresh nodes under test, and the engine that they share. */
export interface NodesFixture {
  readonly engine: RoomEngine;
  readonly nodes: readonly [RoomNode, RoomNode];
  /** Lets so much time go by for leases, milliseconds. */
  readonly pass: (ms: number) => Promise<void>;
  /** Frees what the fixture made besides the engine and the nodes. */
  readonly dispose?: () => Promise<void>;
}

/** Longer than any test takes. */
const LONG_MS = 60_000;
const SHORT_MS = 40;

/** The contract of {@link RoomNode} as a vitest suite. Await it at the top level of a test file. */
export async function testRoomNodes(
  name: string,
  makeNodes: () => NodesFixture | Promise<NodesFixture>,
): Promise<void> {
  const { afterEach, beforeEach, describe, expect, it, vi } = await import('vitest');

  describe(`room nodes: ${name}`, () => {
    let fixture: NodesFixture;
    let a: RoomNode;
    let b: RoomNode;

    beforeEach(async () => {
      fixture = await makeNodes();
      [a, b] = fixture.nodes;
      await fixture.engine.rooms.create(roomRecord('r'));
      await fixture.engine.rooms.create(roomRecord('other'));
    });
    afterEach(async () => {
      await Promise.all([a.close(), b.close()]);
      await fixture.engine.close();
      await fixture.dispose?.();
    });

    const take = async (node: RoomNode, room = 'r', ttlMs = LONG_MS): Promise<RoomLease> => {
      const { outcome, lease } = await node.acquire(room, ttlMs);
      expect(outcome).toBe('acquired');
      return lease;
    };
    const write = async (lease?: RoomLease) =>
      (await fixture.engine.append('r', entry, lease ? { lease } : {})).outcome;

    it('NODE1 of all who ask for a lease one gets it, and the others are told who (scenario 16)', async () => {
      expect(await a.holder('r')).toBeNull();
      const answers = await Promise.all([a, b, a, b].map((node) => node.acquire('r', LONG_MS)));
      const holders = new Set(answers.map(({ lease }) => lease.nodeId));
      expect(holders.size).toBe(1);
      const [holder] = holders;
      expect([a.nodeId, b.nodeId]).toContain(holder);
      expect(answers.map(({ outcome }, index) => [outcome, index % 2 === 0 ? a.nodeId : b.nodeId])).toEqual(
        [a, b, a, b].map(({ nodeId }) => [nodeId === holder ? 'acquired' : 'held', nodeId]),
      );
      expect((await a.holder('r'))?.nodeId).toBe(holder);
      expect(await b.holder('other')).toBeNull();
    });

    it('NODE1 there is no lease of a room that is not there', async () => {
      await expect(a.acquire('nowhere', LONG_MS)).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    });

    it('NODE2 the number grows with every holder, also for one that takes it twice', async () => {
      const first = await take(a);
      const second = await take(a);
      expect(second.fence).toBe(first.fence + 1);
      expect(await a.renew(first, LONG_MS)).toBe(false);
      await a.release(first);
      expect(await b.holder('r')).toEqual(second);
      await a.release(second);
      expect(await take(b)).toMatchObject({ nodeId: b.nodeId, fence: second.fence + 1 });
    });

    it('NODE3 a lease ends when its time is over, which a renewal sets anew', async () => {
      const lost = await take(a, 'r', SHORT_MS);
      const kept = await take(a, 'other');
      expect(await a.renew(kept, LONG_MS)).toBe(true);
      await fixture.pass(2 * SHORT_MS);
      expect(await b.holder('r')).toBeNull();
      expect(await b.holder('other')).toEqual(kept);
      expect(await a.renew(kept, SHORT_MS)).toBe(true);
      await fixture.pass(2 * SHORT_MS);
      expect(await b.holder('other')).toBeNull();
      expect(await a.renew(lost, LONG_MS)).toBe(false);
      expect(await b.acquire('r', LONG_MS)).toMatchObject({ outcome: 'acquired', lease: { fence: lost.fence + 1 } });
    });

    it('NODE4 nothing is written and nothing kept under a lease that is over; others write on', async () => {
      const old = await take(a);
      expect(await write(old)).toBe('appended');
      expect(await a.keep(old, 'people', 'old')).toBe(true);
      await a.release(old);
      expect(await write(old)).toBe('fenced');
      const now = await take(b);
      expect(await write(old)).toBe('fenced');
      expect(await a.keep(old, 'people', 'late')).toBe(false);
      expect(await b.kept('r', 'people')).toBe('old');
      expect([await write(now), await write()]).toEqual(['appended', 'appended']);
    });

    it('NODE5 what was kept is there for the next holder, until it is forgotten or the room deleted', async () => {
      const lease = await take(a);
      expect(await a.kept('r', 'session')).toBeNull();
      await a.keep(lease, 'session', 'one');
      await a.keep(lease, 'people', 'two');
      await a.keep(lease, 'people', null);
      expect([await b.kept('r', 'session'), await b.kept('r', 'people')]).toEqual(['one', null]);
      await fixture.engine.rooms.delete('r');
      expect(await b.kept('r', 'session')).toBeNull();
      expect(await b.holder('r')).toBeNull();
    });

    it('NODE6 whoever watches hears of a lease taken and given back', async () => {
      const heard: (string | null)[] = [];
      const stop = b.watch('r', (holder) => heard.push(holder?.nodeId ?? null));
      await b.listening();
      const lease = await take(a);
      await a.release(lease);
      await vi.waitFor(() => expect(heard).toEqual([a.nodeId, null]), 5_000);
      stop();
      await take(a);
      await a.listening();
      expect(heard).toHaveLength(2);
    });

    it('NODE7 what one node sends another arrives as it was and in order, and at nobody else', async () => {
      const heard: Record<'a' | 'b', number[][]> = { a: [], b: [] };
      a.listen((bytes) => heard.a.push([...bytes]));
      b.listen((bytes) => heard.b.push([...bytes]));
      await Promise.all([a.listening(), b.listening()]);
      const sent = Array.from({ length: 50 }, (_, index) => [index, 0, 255, 13, 10]);
      for (const bytes of sent) expect(a.send(b.nodeId, Uint8Array.from(bytes))).toBe(true);
      expect(b.send(b.nodeId, Uint8Array.of(7))).toBe(true);
      await vi.waitFor(() => expect(heard.b).toHaveLength(51), 5_000);
      expect(heard.b.filter((bytes) => bytes.length > 1)).toEqual(sent);
      expect(heard.a).toEqual([]);
    });
  });
}

const entry: NewEntry = { kind: 'room.reopened', actor: { participantId: 'room', name: 'Room' }, body: {} };

function roomRecord(id: string): RoomRecord {
  return {
    ...{ id, name: id, createdAt: 1, closedAt: null, version: 1 },
    status: 'open',
    configuration: DEFAULT_ROOM_CONFIGURATION,
  };
}
