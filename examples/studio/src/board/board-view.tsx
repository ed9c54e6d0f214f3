import { List, LoaderCircle, Waypoints } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { lazy, type ReactNode, Suspense } from 'react';
import type { Board } from './board.ts';
import { BoardList } from './board-list.tsx';
import '../ui/segments.css';
import './board.css';

/** How the board is shown. */
export type BoardLook = 'map' | 'list';

// The graph library is large, and whoever looks at a list never needs it.
const BoardMap = lazy(() => import('./board-map.tsx'));

interface BoardViewProps {
  readonly board: Board;
  readonly look: BoardLook;
  /** Absent where the board is only read. */
  readonly onOpen?: (cardId: string) => void;
  readonly onSource?: (seq: number) => void;
}

/** A board with cards, as a map or as a list. */
export function BoardView({ board, look, onOpen, onSource }: BoardViewProps): ReactNode {
  if (look === 'list') return <BoardList board={board} onOpen={onOpen} onSource={onSource} />;
  return (
    <Suspense
      fallback={
        <div className="board-loading" role="status">
          <LoaderCircle className="spin" aria-hidden="true" />
          Drawing the map…
        </div>
      }
    >
      <BoardMap board={board} onOpen={onOpen} />
    </Suspense>
  );
}

/** Chooses between map and list. */
export function BoardLookSwitch({
  look,
  onChange,
}: {
  look: BoardLook;
  onChange: (look: BoardLook) => void;
}): ReactNode {
  return (
    <ToggleGroup.Root
      type="single"
      className="segments"
      aria-label="Show the board as"
      value={look}
      onValueChange={(value) => value && onChange(value as BoardLook)}
    >
      <ToggleGroup.Item value="map" className="segment" data-testid="board-as-map">
        <Waypoints aria-hidden="true" />
        Map
      </ToggleGroup.Item>
      <ToggleGroup.Item value="list" className="segment" data-testid="board-as-list">
        <List aria-hidden="true" />
        List
      </ToggleGroup.Item>
    </ToggleGroup.Root>
  );
}
