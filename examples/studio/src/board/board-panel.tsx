import type { RoomInfo } from '@colloquy/live-protocol';
import { LoaderCircle, Plus, Waypoints } from 'lucide-react';
import type { ReactNode } from 'react';
import { useRoomViews } from '../room/view.ts';
import { Button } from '../ui/button.tsx';
import { BoardExport } from './board-export.tsx';
import { useBoard } from './board-provider.tsx';
import { BoardLookSwitch, BoardView } from './board-view.tsx';
import './board.css';

/** What came of the conversation: claims, questions, evidence, decisions and actions, as a map or as a list. */
export function BoardPanel({ room }: { room: Pick<RoomInfo, 'id' | 'name'> }): ReactNode {
  const { board, isComplete, canEdit, compose, look, open, setLook } = useBoard();
  const { showEntry } = useRoomViews();
  const isEmpty = board.cards.length === 0;
  return (
    <section className="board" aria-label="Board" data-testid="board" data-complete={isComplete}>
      <header className="board-header">
        <h2>
          Board <span data-testid="card-count">{board.cards.length}</span>
        </h2>
        <BoardLookSwitch look={look} onChange={setLook} />
        <div className="board-tools">
          <BoardExport board={board} room={room} />
          <Button
            size="sm"
            icon={<Plus />}
            disabled={!canEdit}
            onClick={() => compose()}
            className="board-add"
            data-testid="add-card"
          >
            Add card
          </Button>
        </div>
      </header>
      {isEmpty && !isComplete && (
        <div className="board-loading" role="status">
          <LoaderCircle className="spin" aria-hidden="true" />
          Reading the board…
        </div>
      )}
      {isEmpty && isComplete && <EmptyBoard />}
      {!isEmpty && <BoardView board={board} look={look} onOpen={open} onSource={showEntry} />}
    </section>
  );
}

function EmptyBoard(): ReactNode {
  return (
    <div className="board-empty" data-testid="board-empty">
      <Waypoints aria-hidden="true" />
      <h3>Nothing on the board yet</h3>
      <p>
        The model files claims, questions, evidence, decisions and actions here while you talk. You can add them too, or
        put any message here.
      </p>
    </div>
  );
}
