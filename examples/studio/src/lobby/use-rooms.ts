import type { RoomSummary } from '@colloquy/live-protocol';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { fetchRooms } from '../api/rooms.ts';
import { initialRoomList, type RoomListState, reduceRoomList } from './room-list-state.ts';

// People come and go while somebody looks at the list.
const REFRESH_MS = 5000;

/** The rooms of one status, kept fresh while the page is visible. */
export function useRooms(status: RoomSummary['status']): RoomListState & { refresh: () => void; loadMore: () => void } {
  const [state, dispatch] = useReducer(reduceRoomList, initialRoomList);
  const refreshing = useRef<AbortController | null>(null);

  const refresh = useCallback(() => {
    refreshing.current?.abort();
    const aborter = new AbortController();
    refreshing.current = aborter;
    fetchRooms({ status, signal: aborter.signal })
      .then(
        (page) => dispatch({ type: 'refreshed', page }),
        (error: Error) => {
          if (!aborter.signal.aborted) dispatch({ type: 'failed', problem: error.message });
        },
      )
      .finally(() => {
        if (refreshing.current === aborter) refreshing.current = null;
      });
  }, [status]);

  useEffect(() => {
    refresh();
    const refreshWhenSeen = (): void => {
      // A server that is slow is not asked again meanwhile: it would never come to answer, or be told to be silent.
      if (document.visibilityState === 'visible' && refreshing.current === null) refresh();
    };
    const timer = setInterval(refreshWhenSeen, REFRESH_MS);
    document.addEventListener('visibilitychange', refreshWhenSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refreshWhenSeen);
      refreshing.current?.abort();
    };
  }, [refresh]);

  const { cursor } = state;
  const loadMore = useCallback(() => {
    if (cursor === null) return;
    dispatch({ type: 'loadingMore' });
    fetchRooms({ status, cursor }).then(
      (page) => dispatch({ type: 'loadedMore', page }),
      (error: Error) => dispatch({ type: 'failed', problem: error.message }),
    );
  }, [status, cursor]);

  return { ...state, refresh, loadMore };
}
