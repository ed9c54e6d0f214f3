import { DEFAULT_ROOM_CONFIGURATION, type RoomSummary } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { initialRoomList, type RoomListEvent, type RoomListState, reduceRoomList } from './room-list-state.ts';

function room(createdAt: number, participantCount = 0): RoomSummary {
  const configuration = DEFAULT_ROOM_CONFIGURATION;
  return {
    id: `r${createdAt}`,
    name: 'x',
    status: 'open',
    createdAt,
    closedAt: null,
    createdBy: null,
    configurationVersion: 1,
    locked: false,
    waitingRoom: false,
    configuration,
    participantCount,
  };
}

function after(...events: RoomListEvent[]): RoomListState {
  return events.reduce(reduceRoomList, initialRoomList);
}

const firstPage = { rooms: [room(9), room(8)], cursor: 'a' };
const secondPage = { rooms: [room(8), room(7), room(6)], cursor: null };

it('appends a page without doubling a room that is in both', () => {
  const state = after({ type: 'refreshed', page: firstPage }, { type: 'loadedMore', page: secondPage });
  expect(state.rooms?.map(({ createdAt }) => createdAt)).toEqual([9, 8, 7, 6]);
  expect(state.cursor).toBeNull();
});

it('a refresh shows new rooms and counts, drops rooms that are gone, and keeps later pages', () => {
  const state = after(
    { type: 'refreshed', page: firstPage },
    { type: 'loadedMore', page: secondPage },
    { type: 'refreshed', page: { rooms: [room(10, 2), room(8, 3)], cursor: 'b' } },
  );
  expect(state.rooms?.map(({ createdAt, participantCount }) => [createdAt, participantCount])).toEqual([
    [10, 2],
    [8, 3],
    [7, 0],
    [6, 0],
  ]);
  expect(state.cursor).toBeNull();
});

it('a refresh that is the whole list forgets what was read before', () => {
  const state = after(
    { type: 'refreshed', page: firstPage },
    { type: 'loadedMore', page: secondPage },
    { type: 'refreshed', page: { rooms: [room(9)], cursor: null } },
  );
  expect(state.rooms).toHaveLength(1);
});

it('a failure keeps what was shown and says why it is not fresh, until a refresh succeeds', () => {
  const failed = after(
    { type: 'refreshed', page: firstPage },
    { type: 'loadingMore' },
    { type: 'failed', problem: 'away' },
  );
  expect(failed).toMatchObject({ rooms: firstPage.rooms, problem: 'away', loadingMore: false });
  expect(reduceRoomList(failed, { type: 'refreshed', page: firstPage }).problem).toBeNull();
});
