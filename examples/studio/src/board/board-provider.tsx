import type { LiveClientError } from '@colloquy/live-client';
import { useAppEntries, useParticipants, useRoom, useRoomClient } from '@colloquy/live-client/react';
import type { EntryActor } from '@colloquy/live-protocol';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { toast } from 'sonner';
import { useIsNarrow } from '../room/use-is-narrow.ts';
import { BOARD_TOPIC, type Board, type BoardChange, type CardKind, foldBoard } from './board.ts';
import type { BoardLook } from './board-view.tsx';
import { CardDialog } from './card-dialog.tsx';
import { useCardForm } from './use-card-form.ts';

/** A card that is about to be put on the board. */
export interface NewCard {
  readonly text: string;
  readonly kind: CardKind;
  readonly saidBy: readonly EntryActor[];
  readonly source: number | null;
}

/** The board of this room and what can be done with it. */
export interface RoomBoard {
  readonly board: Board;
  /** Whether everything from before has been read. */
  readonly isComplete: boolean;
  /** Whether the person here may change it now. */
  readonly canEdit: boolean;
  /** Publishes a change; says so where that fails. @returns whether it is in the log. */
  readonly change: (change: BoardChange) => Promise<boolean>;
  /** Asks for the words of a new card. */
  readonly compose: (card?: Partial<NewCard>) => void;
  readonly look: BoardLook;
  readonly setLook: (look: BoardLook) => void;
  /** Opens a card. */
  readonly open: (cardId: string) => void;
}

const BoardContext: React.Context<RoomBoard | null> = createContext<RoomBoard | null>(null);

/** The board of the room, for everything below; also shows the one card that is open. */
export function BoardProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useRoomClient();
  const { self, connection, room } = useRoom();
  const me = useParticipants().find(({ participantId }) => participantId === self?.participantId);
  const { entries, isComplete } = useAppEntries(BOARD_TOPIC);
  const board = useMemo(() => foldBoard(entries), [entries]);
  // A map is too small to be read there.
  const isNarrow = useIsNarrow();
  const [look, setLook] = useState<BoardLook>(isNarrow ? 'list' : 'map');
  const { form, show, close } = useCardForm();
  const canEdit = connection.status === 'open' && room?.status === 'open' && me !== undefined && me.role !== 'viewer';

  const change = useCallback(
    async (wanted: BoardChange): Promise<boolean> => {
      try {
        await client.publish(BOARD_TOPIC, { ...wanted });
        return true;
      } catch (error) {
        const { reason, message } = error as LiveClientError;
        toast.error('The board was not changed', { description: reason || message });
        return false;
      }
    },
    [client],
  );
  const participantId = me?.participantId ?? '';
  const name = me?.name ?? '';
  const value = useMemo<RoomBoard>(
    () => ({
      board,
      isComplete,
      canEdit,
      change,
      compose: (card = {}) =>
        show({
          type: 'new',
          card: { text: '', kind: 'claim', saidBy: [{ participantId, name }], source: null, ...card },
        }),
      look,
      setLook,
      open: (cardId) => show({ type: 'card', cardId }),
    }),
    [board, isComplete, canEdit, change, look, participantId, name, show],
  );
  return (
    <BoardContext value={value}>
      {children}
      <CardDialog form={form} board={value} onClose={close} />
    </BoardContext>
  );
}

/** @throws Error outside a {@link BoardProvider}. */
export function useBoard(): RoomBoard {
  const board = useContext(BoardContext);
  if (board === null) throw new Error('useBoard() works only inside a BoardProvider.');
  return board;
}

/** The board where there is one; `null` where a conversation is only read. */
export function useBoardIfAny(): RoomBoard | null {
  return useContext(BoardContext);
}
