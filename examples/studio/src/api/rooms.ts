import type { LogEntry, RoomInfo, RoomSummary } from '@colloquy/live-protocol';
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

/** Makes a room; whoever joins it first is its host. */
export function createRoom(room: NewRoom): Promise<RoomInfo> {
  return request(ROOMS_PATH, { method: 'POST', body: room });
}

/** One room's data, also of a closed one. */
export function fetchRoom(roomId: string, signal?: AbortSignal): Promise<RoomInfo> {
  return request(`${ROOMS_PATH}/${roomId}`, { signal });
}

/** Closes a room for everybody and for good; `reason` is told to everybody. */
export function closeRoom(roomId: string, reason: string): Promise<RoomInfo> {
  return request(`${ROOMS_PATH}/${roomId}/close`, { method: 'POST', body: { reason } });
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
