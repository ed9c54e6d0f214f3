import { MessageSquareText } from 'lucide-react';
import type { ReactNode } from 'react';
import { hueOf } from '../ui/person.ts';
import { type Board, CARD_KINDS, type Card } from './board.ts';
import { doneWord, KIND_WORDS, RELATION_WORDS } from './board-files.ts';
import { attribution } from './card-words.ts';
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
  const { cardId, kind, text, isDone, saidBy, source } = card;
  const textOf = (id: string): string => board.cards.find((one) => one.cardId === id)?.text ?? '';
  const links = board.links.filter(({ from }) => from === cardId);
  return (
    <li
      className="card"
      data-card-kind={kind}
      data-done={isDone}
      data-testid="card"
      data-kind={kind}
      data-said-by={saidBy.map(({ name }) => name).join('+')}
      data-added-by={card.addedBy.name}
    >
      {onOpen ? (
        <button type="button" className="card-text" onClick={() => onOpen(cardId)} data-testid="card-open">
          {text}
        </button>
      ) : (
        <p className="card-text">{text}</p>
      )}
      {links.map(({ to, relation }) => (
        <p key={to} className="card-relation">
          {RELATION_WORDS[relation]} <q>{textOf(to)}</q>
        </p>
      ))}
      <footer className="card-foot" data-hue={hueOf(saidBy[0]?.participantId ?? card.addedBy.participantId)}>
        <span className="card-who">{attribution(card)}</span>
        {isDone && <span className="card-done">{doneWord(kind)}</span>}
        {source !== null && onSource && (
          <button type="button" className="card-source" onClick={() => onSource(source)} data-testid="card-source">
            <MessageSquareText aria-hidden="true" />
            Where it was said
          </button>
        )}
      </footer>
    </li>
  );
}
