import { type TimelineItem, toTimelineItems } from '@colloquy/live-client';
import type { LogEntry, RoomInfo } from '@colloquy/live-protocol';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { toast } from 'sonner';
import { ApiError } from '../api/request.ts';
import { fetchAppEntries, fetchHistory, fetchRoom } from '../api/rooms.ts';
import type { Session } from '../api/session.ts';
import { BOARD_TOPIC, type Board, foldBoard } from '../board/board.ts';

interface Loaded {
  readonly status: 'loaded';
  readonly room: RoomInfo;
  readonly board: Board;
  readonly entries: readonly LogEntry[];
  readonly hasOlder: boolean;
}

type State =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: string; readonly canRetry: boolean }
  | Loaded;

/** What was said in a room, read page by page from the newest. */
export type RoomHistory =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: string; readonly canRetry: boolean; readonly retry: () => void }
  | {
      readonly status: 'loaded';
      readonly room: RoomInfo;
      readonly board: Board;
      readonly items: readonly TimelineItem[];
      readonly hasOlder: boolean;
      readonly loadingOlder: boolean;
      readonly loadOlder: () => void;
    };

/** Reads the history of a room as `viewer` sees it. */
export function useHistory(roomId: string, viewer: Session): RoomHistory {
  const [state, setState] = useState<State>({ status: 'loading' });
  const [loadingOlder, setLoadingOlder] = useState(false);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    setState({ status: 'loading' });
    const asked = [
      fetchRoom(roomId, signal),
      fetchHistory(roomId, { signal }),
      fetchAppEntries(roomId, BOARD_TOPIC, signal),
    ] as const;
    Promise.all(asked).then(
      ([room, page, cards]) => setState({ status: 'loaded', room, board: foldBoard(cards), ...page }),
      (error: Error) => {
        if (!signal.aborted) setState(toFailure(error));
      },
    );
    return () => aborter.abort();
  }, [roomId, attempt]);

  const entries = state.status === 'loaded' ? state.entries : null;
  const items = useMemo(() => toTimelineItems(entries ?? [], viewer), [entries, viewer]);

  const oldest = entries?.[0]?.seq;
  const loadOlder = useCallback(() => {
    if (oldest === undefined) return;
    setLoadingOlder(true);
    fetchHistory(roomId, { before: oldest })
      .then((page) => setState((old) => withOlder(old, page)))
      .catch((error: Error) => toast.error('Earlier messages could not be loaded', { description: error.message }))
      .finally(() => setLoadingOlder(false));
  }, [roomId, oldest]);

  switch (state.status) {
    case 'loading':
      return state;
    case 'failed':
      return { ...state, retry: () => setAttempt((count) => count + 1) };
    case 'loaded':
      return {
        status: 'loaded',
        room: state.room,
        board: state.board,
        items,
        hasOlder: state.hasOlder,
        loadingOlder,
        loadOlder,
      };
    default:
      return state satisfies never;
  }
}

function withOlder(state: State, page: { entries: readonly LogEntry[]; hasOlder: boolean }): State {
  if (state.status !== 'loaded') return state;
  const [first] = state.entries;
  const older = page.entries.filter(({ seq }) => first === undefined || seq < first.seq);
  return { ...state, entries: [...older, ...state.entries], hasOlder: page.hasOlder };
}

function toFailure(error: Error): State {
  const isFinal = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return { status: 'failed', problem: error.message, canRetry: !isFinal };
}
