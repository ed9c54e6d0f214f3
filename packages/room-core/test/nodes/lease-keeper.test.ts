import { describe, expect, it, vi } from 'vitest';
import { memoryEngine } from '../../src/memory-engine.ts';
import { type HeldLease, LeaseKeeper } from '../../src/nodes/lease-keeper.ts';
import { FakeClock, settle } from '../../src/testing/fake-clock.ts';
import { MemoryNodes } from '../../src/testing/memory-nodes.ts';
import { roomRecord } from '../support/room-record.ts';

const TTL_MS = 10_000;

async function open() {
  const clock = new FakeClock();
  const nodes = new MemoryNodes(memoryEngine(), clock);
  await nodes.engine.rooms.create(roomRecord('r'));
  const node = nodes.node('a');
  const errors: unknown[] = [];
  const keeper = new LeaseKeeper({ clock, node, ttlMs: TTL_MS, onError: (error) => errors.push(error) });
  const onLost = vi.fn();
  const held = (await keeper.acquire('r', onLost)) as HeldLease;
  return { clock, nodes, node, keeper, onLost, held, errors };
}

describe('leases of a node', () => {
  it('LEASE1 are kept by renewing them, for as long as they are needed', async () => {
    const { clock, nodes, onLost, held, keeper } = await open();
    await clock.run(60_000, 1_000);
    expect(nodes.holder('r')).toEqual(held.lease);
    await held.release();
    expect(nodes.holder('r')).toBeNull();
    await keeper.close();
    expect(onLost).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('LEASE1 are not taken from another node', async () => {
    const { clock, nodes, held } = await open();
    const other = new LeaseKeeper({ clock, node: nodes.node('b'), ttlMs: TTL_MS, onError: () => {} });
    expect(await other.acquire('r', () => {})).toEqual(held.lease);
  });

  it('LEASE2 are given up before they end for the others, when they cannot be renewed', async () => {
    const { clock, nodes, node, onLost, held, errors } = await open();
    node.isCutOff = true;
    await clock.run(6_900, 100);
    expect(onLost).not.toHaveBeenCalled();
    expect(errors).not.toEqual([]);
    await clock.run(200, 100);
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(nodes.holder('r')).toEqual(held.lease);
  });

  it('LEASE2 a renewal that is answered late counts from when it was asked for', async () => {
    const { clock, node, onLost } = await open();
    let answer = (_isMine: boolean): void => {};
    vi.spyOn(node, 'renew').mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    // Asked after a third of the time, answered after two thirds.
    await clock.run(6_600, 100);
    answer(true);
    await settle();
    await clock.run(3_600, 100);
    expect(onLost).not.toHaveBeenCalled();
    await clock.run(200, 100);
    expect(onLost).toHaveBeenCalledTimes(1);
  });

  it('LEASE3 a process that stood still finds out that somebody else has it (scenario 14)', async () => {
    const { clock, nodes, onLost } = await open();
    clock.stall(20_000);
    const other = await nodes.acquire('r', 'b', TTL_MS);
    await clock.run(0);
    clock.advance(1);
    await settle();
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(nodes.holder('r')).toEqual(other.lease);
  });

  it('LEASE4 the wall clock may jump (scenario 41)', async () => {
    const { clock, nodes, onLost, held } = await open();
    clock.jump(3_600_000);
    await clock.run(12_000, 1_000);
    clock.jump(-7_200_000);
    await clock.run(12_000, 1_000);
    expect(onLost).not.toHaveBeenCalled();
    expect(nodes.holder('r')).toEqual(held.lease);
  });
});
