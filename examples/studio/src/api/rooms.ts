import type { AppEntriesPage, LogEntry, LogEntryOf, RoomInfo, RoomSummary } from '@colloquy/live-protocol';
import { request } from './request.ts';

/** Where the rooms of this server are, for REST and for the room's socket alike. */
export const ROOMS_PATH = '/api/rooms';

/** One page of a list of rooms. */
export interface RoomPage {
  readonly rooms: readonly RoomSummary[];
  /** Asks for the next page; `null` on the last one. */
  readonly cursor: string | null;
}

/** What a new room needs to know. */
export interface NewRoom {
  readonly name: string;
  readonly configuration: { readonly instructions?: string; readonly voice?: string };
}

/** Rooms of one status, newest first. */
export function fetchRooms(query: {
  status: 'open' | 'closed';
  cursor?: string;
  signal?: AbortSignal;
}): Promise<RoomPage> {
  const search = new URLSearchParams({ status: query.status, limit: '30' });
  if (query.cursor !== undefined) search.set('cursor', query.cursor);
  return request(`${ROOMS_PATH}?${search}`, { signal: query.signal });
}

/** Makes a room, and whoever asks its host; the one that was made already, when the key was used before. */
export function createRoom(room: NewRoom, idempotencyKey: string): Promise<RoomInfo> {
  return request(ROOMS_PATH, { method: 'POST', body: room, idempotencyKey });
}

/** One room's data, also of a closed one. */
export function fetchRoom(roomId: string, signal?: AbortSignal): Promise<RoomInfo> {
  return request(`${ROOMS_PATH}/${roomId}`, { signal });
}

/** A page of what happened in a room: the newest entries, or those before a number. */
export function fetchHistory(
  roomId: string,
  query: { before?: number; signal?: AbortSignal } = {},
): Promise<{ entries: readonly LogEntry[]; hasOlder: boolean }> {
  const search = new URLSearchParams({ limit: '100' });
  if (query.before !== undefined) search.set('before', String(query.before));
  return request(`${ROOMS_PATH}/${roomId}/history?${search}`, { signal: query.signal });
}

/** Everything that was published in a room under a topic. */
export async function fetchAppEntries(
  roomId: string,
  topic: string,
  signal?: AbortSignal,
): Promise<readonly LogEntryOf<'app'>[]> {
  const entries: LogEntryOf<'app'>[] = [];
  for (let after = 0, hasMore = true; hasMore; ) {
    const search = new URLSearchParams({ topic, after: String(after) });
    const page = await request<AppEntriesPage>(`${ROOMS_PATH}/${roomId}/app-entries?${search}`, { signal });
    entries.push(...page.entries);
    after = page.readUpTo;
    hasMore = page.hasMore;
  }
  return entries;
}

/** Address of the room as a file: everything, minutes, or captions of what was spoken. */
export function exportPath(roomId: string, format: 'json' | 'markdown' | 'webvtt'): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return `${ROOMS_PATH}/${roomId}/export?${new URLSearchParams({ format, timeZone })}`;
}

/** One recording of a room. */
export interface Recording {
  readonly recordingId: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly tracks: readonly { readonly file: string; readonly name: string }[];
}

/** The recordings of a room, newest first; none for who may not hear them: they are for its hosts. */
export async function fetchRecordings(roomId: string, signal?: AbortSignal): Promise<readonly Recording[]> {
  const room = `${ROOMS_PATH}/${roomId}`;
  const { permissions } = await request<{ permissions: readonly string[] }>(`${room}/permissions`, { signal });
  if (!permissions.includes('listen')) return [];
  return (await request<{ recordings: readonly Recording[] }>(`${room}/recordings`, { signal })).recordings;
}

/** Address of one file of a recording. */
export function recordingPath(roomId: string, recordingId: string, file: string): string {
  return `${ROOMS_PATH}/${roomId}/recordings/${recordingId}/${file}`;
}
