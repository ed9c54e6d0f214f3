/** Where things of a room lie. Room ids are random, so names spread over the store by themselves. */
export function roomObject(roomId: string): string {
  return `rooms/${roomId}/room.json`;
}

/** Prefix of the segments of a room's log. */
export function logPrefix(roomId: string): string {
  return `rooms/${roomId}/log/`;
}

const SEQ_DIGITS = 16;

/** A segment is named by its first number: of all who would write it, the store lets one. */
export function segmentObject(roomId: string, firstSeq: number): string {
  return `${logPrefix(roomId)}${padded(firstSeq)}.jsonl.gz`;
}

/** Prefix of the chunks that runs of segments were joined into. */
export function chunkPrefix(roomId: string): string {
  return `rooms/${roomId}/chunk/`;
}

/** A chunk is named by its first and last number. */
export function chunkObject(roomId: string, range: EntryRange): string {
  return `${chunkPrefix(roomId)}${padded(range.first)}-${padded(range.last)}.jsonl.gz`;
}

/** The numbers that a chunk's name tells; `null` for the name of something else. */
export function rangeOfChunk(roomId: string, name: string): EntryRange | null {
  const [, first, last] = /^(\d{16})-(\d{16})\.jsonl\.gz$/.exec(name.slice(chunkPrefix(roomId).length)) ?? [];
  return first === undefined || last === undefined ? null : { first: Number(first), last: Number(last) };
}

/** Numbers of entries, both inclusive. */
export interface EntryRange {
  readonly first: number;
  readonly last: number;
}

/** Prefix of the markers by which rooms are listed. */
export const INDEX_PREFIX = 'index/';

/**
 * A marker's name: newest first in the order of names, among rooms of one time the one created last. `ordinal` grows from
 * creation to creation.
 */
export function indexObject(createdAt: number, ordinal: number, roomId: string): string {
  return `${INDEX_PREFIX}${backwards(createdAt)}-${backwards(ordinal)}-${roomId}`;
}

/** The room that a marker is of. */
export function roomOfMarker(name: string): string {
  return name.slice(INDEX_PREFIX.length + 2 * (SEQ_DIGITS + 1));
}

function backwards(count: number): string {
  return padded(Number.MAX_SAFE_INTEGER - count);
}

/** Marks that a person was in a room, so that "my rooms" is a listing. */
export function memberObject(participantId: string, roomId: string): string {
  return `${memberPrefix(participantId)}${roomId}`;
}

/** The same from the side of the room, so that the marks of all its people are found when it is deleted. */
export function roomMemberObject(roomId: string, participantId: string): string {
  return roomMembersPrefix(roomId) + encodeURIComponent(participantId);
}

/** Prefix of a room's marks of people. */
export function roomMembersPrefix(roomId: string): string {
  return `rooms/${roomId}/members/`;
}

/** Prefix of one person's marks; an id may hold anything, also a slash. */
export function memberPrefix(participantId: string): string {
  return `by-user/${encodeURIComponent(participantId)}/`;
}

function padded(count: number): string {
  return String(count).padStart(SEQ_DIGITS, '0');
}
