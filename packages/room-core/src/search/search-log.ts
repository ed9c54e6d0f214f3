import type { LogEntry, SearchHit } from '@colloquy/live-protocol';
import { checkCount } from '../engine/checks.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { SearchOptions, SearchPage } from '../room-queries.ts';
import { findWords, parseSearchQuery, searchableText } from './find-words.ts';
import { toSnippet } from './snippet.ts';

/** Entries that one page reads through where the engine has no index. */
const READ_THROUGH = 5_000;
const READ_ENTRIES = 500;

/**
 * Finds entries of a room, newest first; by the engine's index, or else by reading, a stretch of the log per page.
 * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
 */
export async function searchLog(engine: RoomEngine, roomId: string, options: SearchOptions): Promise<SearchPage> {
  const { before, limit = 20 } = options;
  checkCount('limit', limit, 1, 100);
  if (before !== undefined) checkCount('before', before, 1, Number.MAX_SAFE_INTEGER);
  const words = parseSearchQuery(options.query);
  if (!engine.search) return readThrough(engine, roomId, words, { before, limit });
  // One more than asked shows whether there is a next page.
  const search = { words, limit: limit + 1, ...(before !== undefined && { before }) };
  const found = await engine.search(roomId, search);
  const page = found.slice(0, limit);
  const hits = page.map((entry) => toHit(entry, words) ?? { entry, snippet: toSnippet(searchableText(entry), []) });
  return { hits, before: found.length > limit ? (page.at(-1)?.seq ?? null) : null };
}

async function readThrough(
  engine: RoomEngine,
  roomId: string,
  words: readonly string[],
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<SearchPage> {
  const { top } = await engine.position(roomId);
  const start = Math.min(top, (before ?? Number.MAX_SAFE_INTEGER) - 1);
  const end = Math.max(0, start - READ_THROUGH);
  const hits: SearchHit[] = [];
  for (let to = start; to > end; to -= READ_ENTRIES) {
    const from = Math.max(end + 1, to - READ_ENTRIES + 1);
    for (const entry of (await engine.read(roomId, { from, to, limit: READ_ENTRIES })).toReversed()) {
      const hit = toHit(entry, words);
      if (hit) hits.push(hit);
      if (hits.length === limit) return { hits, before: entry.seq > 1 ? entry.seq : null };
    }
  }
  return { hits, before: end > 0 ? end + 1 : null };
}

function toHit(entry: LogEntry, words: readonly string[]): SearchHit | null {
  const text = searchableText(entry);
  const found = text === '' ? null : findWords(text, words);
  return found && { entry, snippet: toSnippet(text, found) };
}
