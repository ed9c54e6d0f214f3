import { MessageSquareText } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Board, CARD_KINDS, type Card } from './board.ts';
import { doneWord, KIND_WORDS, RELATION_WORDS } from './board-files.ts';
import { CardFoot, CardText, cardAttributes } from './card-view.tsx';
import { KindIcon } from './kind-icon.tsx';

interface BoardListProps {
  readonly board: Board;
  /** Absent where the board is only read. */
  readonly onOpen?: (cardId: string) => void;
  readonly onSource?: (seq: number) => void;
}

/** The board in columns of a kind; everything of the map in words. */
export function BoardList({ board, onOpen, onSource }: BoardListProps): ReactNode {
  const kinds = CARD_KINDS.filter((kind) => board.cards.some((card) => card.kind === kind));
  return (
    <section
      className="board-list"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Cards by kind"
      data-testid="board-list"
    >
      {kinds.map((kind) => {
        const cards = board.cards.filter((card) => card.kind === kind);
        return (
          <div key={kind} className="board-column" data-card-kind={kind}>
            <h3>
              <KindIcon kind={kind} />
              {KIND_WORDS[kind].many} <span>{cards.length}</span>
            </h3>
            <ul>
              {cards.map((card) => (
                <ListedCard key={card.cardId} card={card} board={board} onOpen={onOpen} onSource={onSource} />
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

function ListedCard({ card, board, onOpen, onSource }: BoardListProps & { card: Card }): ReactNode {
  const { cardId, kind, isDone, source } = card;
  const textOf = (id: string): string => board.cards.find((one) => one.cardId === id)?.text ?? '';
  const links = board.links.filter(({ from }) => from === cardId);
  return (
    <li {...cardAttributes(card)}>
      <CardText card={card} onOpen={onOpen} />
      {links.map(({ to, relation }) => (
        <p key={to} className="card-relation">
          {RELATION_WORDS[relation]} <q>{textOf(to)}</q>
        </p>
      ))}
      <CardFoot card={card}>
        {isDone && <span className="card-done">{doneWord(kind)}</span>}
        {source !== null && onSource && (
          <button type="button" className="card-source" onClick={() => onSource(source)} data-testid="card-source">
            <MessageSquareText aria-hidden="true" />
            Where it was said
          </button>
        )}
      </CardFoot>
    </li>
  );
}
