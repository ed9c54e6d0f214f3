import { NO_USAGE } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { memoryEngine } from '../memory-engine.ts';
import type { RoomRecord } from '../ports/room-engine.ts';
import { RoomRecords } from '../room-records.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { UsageKeeper } from './usage-keeper.ts';

const used = (totalTokens: number) => ({ ...NO_USAGE, totalTokens });

async function open() {
  const { rooms } = memoryEngine();
  const now = 1_700_000_000_000;
  await rooms.create({ id: 'r', name: 'R', status: 'open', createdAt: now, closedAt: null, version: 1 } as RoomRecord);
  const records = new RoomRecords(rooms);
  const keeper = () =>
    new UsageKeeper({ clock: new FakeClock(), records, onError: (error) => expect(error).toBeNull() });
  return { records, one: keeper(), other: keeper() };
}

describe('what rooms have used, where several servers share them', () => {
  it('is counted on from whatever is furthest: what is stored, what was handed over, or what was counted here before', async () => {
    const { records, one, other } = await open();
    one.open(await records.get('r')).turn(used(10), [], null);
    const handedOver = one.used('r');
    const meter = other.open(await records.get('r'), handedOver);
    expect(meter.tokens).toBe(10);
    meter.turn(used(5), [], null);
    await other.store('r');
    // The first one was not told of anything, and runs the room again.
    expect(one.open(await records.get('r')).tokens).toBe(15);
    expect(one.open(await records.get('r'), handedOver).tokens).toBe(15);
  });

  it('is never stored over by less', async () => {
    const { records, one, other } = await open();
    one.open(await records.get('r')).turn(used(10), [], null);
    other.open(await records.get('r'), one.used('r')).turn(used(5), [], null);
    await other.store('r');
    await one.store('r');
    expect((await records.get('r')).usage).toMatchObject({ turns: 2, totalTokens: 15 });
  });
});
