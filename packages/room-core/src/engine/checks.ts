import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import type { ListRoomsOptions, ReadOptions, SearchEntriesOptions } from '../ports/room-engine.ts';

/** Largest entry an engine takes, as JSON in UTF-16 units. */
export const MAX_ENTRY_LENGTH = 1_048_576;

/** @throws RoomCoreError `ERR_ROOM_INPUT` */
export function checkEntryLength(length: number): void {
  if (length <= MAX_ENTRY_LENGTH) return;
  throw new RoomCoreError(
    'ERR_ROOM_INPUT',
    `An entry of ${length} characters of JSON is too large; the most is ${MAX_ENTRY_LENGTH}.`,
  );
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` */
export function checkReadOptions(options: ReadOptions): void {
  checkCount('limit', options.limit, 1, 1000);
  checkCount('from', options.from, 1, Number.MAX_SAFE_INTEGER);
  if (options.to !== undefined) checkCount('to', options.to, 0, Number.MAX_SAFE_INTEGER);
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` */
export function checkListOptions(options: ListRoomsOptions): void {
  checkCount('limit', options.limit, 1, 200);
  if (options.idleSince !== undefined) checkCount('idleSince', options.idleSince, 0, Number.MAX_SAFE_INTEGER);
  const status: unknown = options.status;
  if (status === undefined || status === 'open' || status === 'closed') return;
  throw new RoomCoreError('ERR_ROOM_INPUT', `"status" must be "open" or "closed"; it is ${JSON.stringify(status)}.`);
}

/** Most words of one search. */
export const MAX_SEARCH_WORDS = 16;

/** @throws RoomCoreError `ERR_ROOM_INPUT` */
export function checkSearchOptions({ words, before, limit }: SearchEntriesOptions): void {
  checkCount('limit', limit, 1, 200);
  checkCount('number of words', words.length, 1, MAX_SEARCH_WORDS);
  if (before !== undefined) checkCount('before', before, 1, Number.MAX_SAFE_INTEGER);
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` unless `value` is an integer from `least` to `most`. */
export function checkCount(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `an integer from ${least}` : `an integer from ${least} to ${most}`;
  throw new RoomCoreError('ERR_ROOM_INPUT', `"${name}" must be ${range}; it is ${String(value)}.`);
}

/** There is no entry of that number here. */
export function noSuchEntry(seq: number): RoomCoreError {
  return new RoomCoreError('ERR_ROOM_INPUT', `There is no entry ${seq} here; take its number from the log.`);
}

const NOT_OPEN = 'not open';

/** The error for a room that only the store behind its engine knows well enough. */
export function roomNotOpen(roomId: string): RoomCoreError {
  return new RoomCoreError(
    'ERR_STORE_UNAVAILABLE',
    `Room ${JSON.stringify(roomId)} has a store behind it, and is read back from there first; use archivedEngine with the same store on every server.`,
    { cause: NOT_OPEN },
  );
}

/** Whether a room is not known here, or not well enough: a store behind the engine may know it. */
export function isNotHere(error: unknown): boolean {
  return isRoomCoreError(error) && (error.code === 'ERR_ROOM_NOT_FOUND' || error.cause === NOT_OPEN);
}

/** The error for a room that does not exist. */
export function roomNotFound(roomId: string): RoomCoreError {
  return new RoomCoreError('ERR_ROOM_NOT_FOUND', `There is no room ${JSON.stringify(roomId)}.`);
}
