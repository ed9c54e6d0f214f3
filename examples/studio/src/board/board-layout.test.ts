import { describe, expect, it } from 'vitest';
import type { Board, Card } from './board.ts';
import { CARD_WIDTH, layoutBoard } from './board-layout.ts';

const card = (cardId: string, text = 'Some words'): Card => ({
  cardId,
  kind: 'claim',
  text,
  isDone: false,
  saidBy: [],
  source: null,
  addedBy: { participantId: 'ana', name: 'Ana' },
  addedAt: 1,
  editedBy: null,
});

function overlaps(board: Board): number {
  const places = layoutBoard(board);
  return places.flatMap((a, index) =>
    places.slice(index + 1).filter((b) => {
      const apart = a.x + CARD_WIDTH <= b.x || b.x + CARD_WIDTH <= a.x;
      return !apart && a.y < b.y + b.height && b.y < a.y + a.height;
    }),
  ).length;
}

describe('layoutBoard', () => {
  it('puts what leads to something on its left', () => {
    const board: Board = {
      cards: [card('b'), card('a')],
      links: [{ from: 'a', to: 'b', relation: 'leads-to' }],
    };
    const places = new Map(layoutBoard(board).map((place) => [place.cardId, place]));
    expect(places.get('a')?.x).toBeLessThan(places.get('b')?.x ?? 0);
  });

  it('lets no two cards overlap, linked in rings or not at all, short or long', () => {
    const cards = Array.from({ length: 40 }, (_, i) => card(`c${i}`, 'word '.repeat(1 + ((i * 7) % 60))));
    const links = Array.from({ length: 24 }, (_, i) => {
      return { from: `c${i}`, to: `c${(i * 5 + 1) % 24}`, relation: 'supports' } as const;
    }).filter(({ from, to }) => from !== to);
    expect(layoutBoard({ cards, links })).toHaveLength(40);
    expect(overlaps({ cards, links })).toBe(0);
  });

  it('is empty for an empty board', () => {
    expect(layoutBoard({ cards: [], links: [] })).toEqual([]);
  });
});
