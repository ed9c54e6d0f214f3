import type { AppEntriesPage, LogEntryOf } from '@colloquy/live-protocol';
import { checkCount } from '../engine/checks.ts';
import type { RoomEngine } from '../ports/room-engine.ts';

/** Entries of any kind that one page reads through, so that a long conversation between two cards holds nobody up. */
const READ_THROUGH = 5_000;
const READ_ENTRIES = 500;

/** Which entries of a topic are asked for. */
export interface AppEntriesOptions {
  readonly topic: string;
  /** Those above this number. @defaultValue 0 */
  readonly after?: number;
  /** 1–200. @defaultValue 200 */
  readonly limit?: number;
}

/**
 * The entries of a topic, oldest first, a stretch of the log per page.
 * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
 */
export async function readAppEntries(
  engine: RoomEngine,
  roomId: string,
  { topic, after = 0, limit = 200 }: AppEntriesOptions,
): Promise<AppEntriesPage> {
  checkCount('after', after, 0, Number.MAX_SAFE_INTEGER);
  checkCount('limit', limit, 1, 200);
  const { top } = await engine.position(roomId);
  const end = Math.min(top, after + READ_THROUGH);
  const entries: LogEntryOf<'app'>[] = [];
  for (let from = after + 1; from <= end; from += READ_ENTRIES) {
    const to = Math.min(end, from + READ_ENTRIES - 1);
    for (const entry of await engine.read(roomId, { from, to, limit: READ_ENTRIES })) {
      if (entry.kind !== 'app' || entry.body.topic !== topic) continue;
      entries.push(entry);
      if (entries.length === limit) return { entries, readUpTo: entry.seq, hasMore: entry.seq < top };
    }
  }
  const readUpTo = Math.max(after, end);
  return { entries, readUpTo, hasMore: readUpTo < top };
}
