import type { EntryActor, LogEntryOf } from '@colloquy/live-protocol';

/** Topic of the room's log under which the board is kept. */
export const BOARD_TOPIC = 'board';

/** What a card is, in the order in which kinds are listed. */
export const CARD_KINDS = ['claim', 'question', 'evidence', 'decision', 'action'] as const;
export type CardKind = (typeof CARD_KINDS)[number];

/** What one card is to another: `from` supports `to`. */
export const RELATIONS = ['supports', 'opposes', 'answers', 'leads-to', 'relates-to'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Longest text of a card, in UTF-16 units. */
export const MAX_CARD_TEXT = 600;

/** One change of the board, as it stands in the log. What names a card that is not there changes nothing. */
export type BoardChange =
  | {
      readonly op: 'add';
      /** Made by whoever adds it, so that adding twice is adding once. */
      readonly cardId: string;
      readonly kind: CardKind;
      readonly text: string;
      /** Whose thought it is. */
      readonly saidBy: readonly EntryActor[];
      /** Number of the entry of the log in which it was said or written. */
      readonly source: number | null;
    }
  | {
      readonly op: 'edit';
      readonly cardId: string;
      readonly kind?: CardKind;
      readonly text?: string;
      /** Of a question: answered; of an action: done. */
      readonly isDone?: boolean;
    }
  | { readonly op: 'remove'; readonly cardId: string }
  | { readonly op: 'link'; readonly from: string; readonly to: string; readonly relation: Relation }
  | { readonly op: 'unlink'; readonly from: string; readonly to: string }
  | { readonly op: 'clear' };

/** One card, as everybody sees it. */
export interface Card {
  readonly cardId: string;
  readonly kind: CardKind;
  readonly text: string;
  readonly isDone: boolean;
  readonly saidBy: readonly EntryActor[];
  readonly source: number | null;
  /** Who put it on the board: a person, or the model. */
  readonly addedBy: EntryActor;
  /** Milliseconds since the Unix epoch. */
  readonly addedAt: number;
  readonly editedBy: EntryActor | null;
}

/** One arrow between two cards; there is at most one from a card to another. */
export interface CardLink {
  readonly from: string;
  readonly to: string;
  readonly relation: Relation;
}

/** The board at a moment. */
export interface Board {
  /** In the order in which they were added. */
  readonly cards: readonly Card[];
  readonly links: readonly CardLink[];
}

/** The board that a log's entries make, in their order: the same for everybody who reads the same log. */
export function foldBoard(entries: readonly LogEntryOf<'app'>[]): Board {
  const cards = new Map<string, Card>();
  const links = new Map<string, CardLink>();
  for (const { actor, ts, body } of entries) {
    if (body.topic === BOARD_TOPIC) apply(cards, links, body.data as BoardChange, { actor, ts });
  }
  return { cards: [...cards.values()], links: [...links.values()] };
}

function apply(
  cards: Map<string, Card>,
  links: Map<string, CardLink>,
  change: BoardChange,
  { actor, ts }: { readonly actor: EntryActor; readonly ts: number },
): void {
  switch (change.op) {
    case 'add': {
      const { cardId, kind, text, saidBy, source } = change;
      if (cards.has(cardId)) return;
      const added = { addedBy: actor, addedAt: ts, editedBy: null, isDone: false };
      cards.set(cardId, { cardId, kind, text, saidBy, source, ...added });
      return;
    }
    case 'edit': {
      const { op: _, cardId, ...edit } = change;
      const card = cards.get(cardId);
      if (card) cards.set(cardId, { ...card, ...edit, editedBy: actor });
      return;
    }
    case 'remove':
      if (!cards.delete(change.cardId)) return;
      for (const [key, { from, to }] of links) if (from === change.cardId || to === change.cardId) links.delete(key);
      return;
    case 'link': {
      const { from, to, relation } = change;
      if (from !== to && cards.has(from) && cards.has(to)) links.set(`${from}>${to}`, { from, to, relation });
      return;
    }
    case 'unlink':
      links.delete(`${change.from}>${change.to}`);
      return;
    case 'clear':
      cards.clear();
      links.clear();
      return;
    default:
      // A change of a newer studio: this one does without it.
      change satisfies never;
  }
}
