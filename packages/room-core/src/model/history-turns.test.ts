import type { LogEntry } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { readHistoryTurns } from './history-turns.ts';

const said = (seq: number) =>
  ({ kind: 'msg.text', seq, actor: { name: 'Ana' }, body: { text: `${seq}`, toModel: true } }) as unknown as LogEntry;

it('older pages that do not come are not waited for longer than a second; the newest one is', async () => {
  const clock = new FakeClock();
  let give: (entries: readonly LogEntry[]) => void = () => {};
  const asked: number[] = [];
  const read = (from: number, to: number) => {
    asked.push(from);
    return new Promise<readonly LogEntry[]>((resolve) => {
      give = () => resolve([said(to)]);
    });
  };
  let turns: readonly { readonly text: string }[] | null = null;
  const reading = readHistoryTurns(read, { before: 1_001, count: 40, clock }).then((found) => {
    turns = found;
  });
  await clock.run(5_000, 500);
  expect([asked, turns]).toEqual([[801], null]);
  give([]);
  await settle();
  expect(asked).toEqual([801, 601]);
  await clock.run(1_000, 500);
  await reading;
  expect(turns).toEqual([{ role: 'user', text: 'Ana: 1000' }]);
  expect(clock.pendingTimers).toBe(0);
});
