import type { ReactNode } from 'react';
import { hueOf } from '../ui/person.ts';
import type { Card } from './board.ts';
import { attribution } from './card-words.ts';

/** What styles and tests know a card by, whichever element shows it. */
interface CardAttributes {
  readonly className: string;
  readonly 'data-testid': string;
  /** Colours it. */
  readonly 'data-card-kind': Card['kind'];
  readonly 'data-kind': Card['kind'];
  readonly 'data-done': boolean;
  readonly 'data-said-by': string;
  readonly 'data-added-by': string;
}

/** Attributes of the element that is the card. */
export function cardAttributes({ kind, isDone, saidBy, addedBy }: Card): CardAttributes {
  return {
    className: 'card',
    'data-testid': 'card',
    'data-card-kind': kind,
    'data-kind': kind,
    'data-done': isDone,
    'data-said-by': saidBy.map(({ name }) => name).join('+'),
    'data-added-by': addedBy.name,
  };
}

interface CardTextProps {
  readonly card: Card;
  /** Absent where the board is only read. */
  readonly onOpen: ((cardId: string) => void) | undefined;
  readonly className?: string;
}

/** The words of a card; they open it where it can be changed. */
export function CardText({ card: { cardId, text }, onOpen, className = '' }: CardTextProps): ReactNode {
  if (!onOpen) return <p className="card-text">{text}</p>;
  return (
    <button
      type="button"
      className={`card-text ${className}`.trim()}
      onClick={() => onOpen(cardId)}
      data-testid="card-open"
    >
      {text}
    </button>
  );
}

/** Whose thought a card is, and what else there is to say below it. */
export function CardFoot({ card, children }: { card: Card; children?: ReactNode }): ReactNode {
  return (
    <footer className="card-foot" data-hue={hueOf(card.saidBy[0]?.participantId ?? card.addedBy.participantId)}>
      <span className="card-who">{attribution(card)}</span>
      {children}
    </footer>
  );
}
