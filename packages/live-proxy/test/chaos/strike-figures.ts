import type { LogEntry } from '@colloquy/live-protocol';
import type { RoomEngine } from '@colloquy/room-core';
import type { StrikeReport } from './chaos-report.ts';
import type { Participant } from './participant.ts';

const PAGE = 500;

/** Place of a text in a list; its end while it is not there. */
export function placeOf(list: readonly LogEntry[], text: string): number {
  const place = list.findLastIndex((entry) => entry.kind === 'msg.text' && entry.body.text === text);
  return place < 0 ? list.length : place;
}

const WORKS: ReadonlySet<string> = new Set(['listening', 'thinking', 'speaking']);

/** When people elsewhere were told that the model works again, after having been told that it does not. */
export function modelAfter(people: readonly Participant[], at: number): readonly number[] {
  const times = people.flatMap(({ model }) => {
    const told = model.filter((one) => one.at > at);
    const broke = told.findIndex(({ what }) => !WORKS.has(what));
    const back = broke < 0 ? undefined : told.slice(broke).find(({ what }) => WORKS.has(what));
    return back ? [back.at - at] : [];
  });
  return times.length > 0 ? [Math.min(...times)] : [];
}

/** The whole log of a room. */
export async function readAll(engine: RoomEngine, roomId: string): Promise<readonly LogEntry[]> {
  const log: LogEntry[] = [];
  for (;;) {
    const page = await engine.read(roomId, { from: log.length + 1, limit: PAGE });
    log.push(...page);
    if (page.length < PAGE) return log;
  }
}

/** A strike in words. */
export function shown({ takenAfterMs, modelAfterMs }: StrikeReport): string {
  const longest = (times: readonly number[]) =>
    times.length === 0 ? '-' : `${(Math.max(...times) / 1000).toFixed(2)} s`;
  return `taken over within ${longest(takenAfterMs)}, the model back within ${longest(modelAfterMs)}`;
}
