import type { LogEntry } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { Emitter } from '../emitter.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import type { RoomEvents } from './room-events.ts';

const entry = (seq: number, epoch = 1) => ({ seq, epoch, ts: seq }) as unknown as LogEntry;

it('keeps the last 1,000 events, and tells no entry again that it has told', () => {
  const events = new Emitter<RoomEvents>();
  let logged: readonly LoggedEvent[] = [];
  const log = new EventLog(events, {
    now: () => 0,
    changed: (now) => {
      logged = now;
    },
  });
  const tell = (from: number, to: number, epoch?: number) => {
    for (let seq = from; seq <= to; seq += 1) events.emit('entryAdded', { entry: entry(seq, epoch), isNew: true });
  };
  const told = () => logged.map((event) => (event.type === 'entry' ? `${event.entry.epoch}:${event.entry.seq}` : ''));
  tell(1, 1_500);
  // A window of the log that begins anew, also before what is still kept.
  tell(400, 1_501);
  expect([logged.length, logged.at(0)?.id, told().at(0), told().at(-1)]).toEqual([1_000, 502, '1:502', '1:1501']);
  tell(1_400, 1_402, 2);
  expect(told().slice(-4)).toEqual(['1:1501', '2:1400', '2:1401', '2:1402']);
  expect(log.rememberedCount).toBe(1_000);
  log.dispose();
});
