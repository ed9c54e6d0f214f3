import { startFakeGcs } from '@colloquy/fake-gcs';
import { expect, it, vi } from 'vitest';
import { archivedEngine } from '../../src/archive/index.ts';
import { LogChain } from '../../src/archive/log-chain.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { memoryEngine } from '../../src/index.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';
import { roomRecord } from '../support/room-record.ts';

const ana = { participantId: 'ana', name: 'Ana' };
const MINUTES = 10;
const PATIENCE = { timeout: 30_000, interval: 1 };

it('[25] ARCH6 GCS2 a bucket that answers 503 for ten minutes stops nobody from writing, and has everything when it is back', async () => {
  const fake = await startFakeGcs();
  const clock = new FakeClock();
  const failures: number[] = [];
  const open = (budgetMs: number) =>
    gcsColdStore({
      ...{ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' },
      retry: { firstPauseMs: 1, budgetMs },
    });
  const engine = archivedEngine({
    ...{ engine: memoryEngine({ now: () => clock.now() }), cold: open(5), clock },
    onError: ({ unflushed }) => failures.push(unflushed),
  });
  const later = open(5_000);
  try {
    await engine.rooms.create(roomRecord('r'));
    fake.setPlan(() => ({ kind: 'status', status: 503 }));
    const began = clock.monotonic();
    for (let minute = 1; minute <= MINUTES; minute += 1) {
      const entry = { kind: 'msg.text', actor: ana, body: { text: `minute ${minute}`, toModel: false } } as const;
      expect(await engine.append('r', entry)).toMatchObject({ outcome: 'appended', entry: { seq: minute } });
      const until = began + minute * 60_000;
      await vi.waitFor(async () => {
        // The bucket's answers take their own time.
        await clock.run(1_000, 1_000);
        expect(clock.monotonic()).toBeGreaterThanOrEqual(until);
        expect(failures.at(-1)).toBe(minute);
      }, PATIENCE);
    }
    expect(engine.metrics()).toMatchObject({ unflushed: MINUTES, flushes: 0 });
    expect(engine.metrics().oldestUnflushedMs).toBeGreaterThan((MINUTES - 1) * 60_000);
    fake.setPlan(null);
    await vi.waitFor(async () => {
      await clock.run(1_000, 1_000);
      expect(engine.metrics().unflushed).toBe(0);
    }, PATIENCE);
    const chain = new LogChain(later, 'r');
    await chain.refresh();
    expect((await chain.read(1, MINUTES)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  } finally {
    await engine.close();
    await later.close();
    await fake.close();
  }
});
