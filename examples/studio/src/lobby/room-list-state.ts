import type { RoomSummary } from '@colloquy/live-protocol';
import type { RoomPage } from '../api/rooms.ts';

/** A list of rooms that is read page by page and refreshed from its start. */
export interface RoomListState {
  /** `null` until the first page is there. */
  readonly rooms: readonly RoomSummary[] | null;
  /** Where the next page starts; `null` when there is none. */
  readonly cursor: string | null;
  readonly loadingMore: boolean;
  /** Why the list is not fresh. */
  readonly problem: string | null;
}

/** What happens to a list. */
export type RoomListEvent =
  | { readonly type: 'refreshed'; readonly page: RoomPage }
  | { readonly type: 'loadingMore' }
  | { readonly type: 'loadedMore'; readonly page: RoomPage }
  | { readonly type: 'failed'; readonly problem: string };

/** Nothing is known yet. */
export const initialRoomList: RoomListState = { rooms: null, cursor: null, loadingMore: false, problem: null };

/** The list after `event`. */
export function reduceRoomList(state: RoomListState, event: RoomListEvent): RoomListState {
  switch (event.type) {
    case 'refreshed':
      return refreshed(state, event.page);
    case 'loadingMore':
      return { ...state, loadingMore: true };
    case 'loadedMore':
      return {
        rooms: merge(state.rooms ?? [], event.page.rooms),
        cursor: event.page.cursor,
        loadingMore: false,
        problem: null,
      };
    case 'failed':
      return { ...state, loadingMore: false, problem: event.problem };
    default:
      return event satisfies never;
  }
}

/** The first page is what the server says now; pages behind it stay as they were read. */
function refreshed(state: RoomListState, page: RoomPage): RoomListState {
  const oldestFresh = page.rooms.at(-1);
  const readFurther = state.rooms !== null && page.cursor !== null && state.rooms.length > page.rooms.length;
  if (!readFurther || oldestFresh === undefined) {
    return { ...state, rooms: page.rooms, cursor: page.cursor, problem: null };
  }
  const behind = state.rooms.filter(({ createdAt }) => createdAt < oldestFresh.createdAt);
  return { ...state, rooms: merge(page.rooms, behind), problem: null };
}

function merge(rooms: readonly RoomSummary[], more: readonly RoomSummary[]): readonly RoomSummary[] {
  const known = new Set(rooms.map(({ id }) => id));
  return [...rooms, ...more.filter(({ id }) => !known.has(id))];
}
