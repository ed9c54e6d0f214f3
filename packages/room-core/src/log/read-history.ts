import type { LogEntry } from '@colloquy/live-protocol';
import { checkCount } from '../engine/checks.ts';
import { checkRoomId } from '../input.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { HistoryOptions, HistoryPage } from '../room-queries.ts';

/** A page of a room's log. @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND` */
export async function readHistory(engine: RoomEngine, id: string, options: HistoryOptions): Promise<HistoryPage> {
  const { from, before, limit = 50 } = options;
  checkRoomId(id);
  checkCount('limit', limit, 1, 500);
  if (from !== undefined) checkCount('from', from, 1, Number.MAX_SAFE_INTEGER);
  if (before !== undefined) checkCount('before', before, 1, Number.MAX_SAFE_INTEGER);
  const { top } = await engine.position(id);
  const last = Math.min(top, (before ?? Number.MAX_SAFE_INTEGER) - 1);
  const first = from ?? Math.max(1, last - limit + 1);
  const to = Math.min(last, first + limit - 1);
  const entries = first <= to ? await engine.read(id, { from: first, to, limit }) : [];
  return { entries, hasOlder: first > 1 && top > 0, hasNewer: to < top };
}

/** The log of a room from `from` up to what is there when the end is reached, page by page. */
export async function* readEntries(
  engine: RoomEngine,
  id: string,
  from: number,
): AsyncGenerator<LogEntry, void, undefined> {
  let next = from;
  for (let more = true; more; ) {
    const { entries, hasNewer } = await readHistory(engine, id, { from: next, limit: 500 });
    yield* entries;
    next += entries.length;
    more = hasNewer && entries.length > 0;
  }
}
