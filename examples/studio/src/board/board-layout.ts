import { Graph, layout } from '@dagrejs/dagre';
import type { Board } from './board.ts';

/** Width of a card on the map, in pixels. */
export const CARD_WIDTH = 232;
const GAP_X = 40;
const GAP_Y = 32;
/** Characters of a line, about, and heights in pixels. */
const LINE_LENGTH = 25;
const LINE_HEIGHT = 20;
const CARD_FRAME = 78;
const MOST_LINES = 6;

/** Where a card stands on the map, in pixels from the upper left corner. */
export interface CardPlace {
  readonly cardId: string;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** Places for all cards: linked ones in the direction of their arrows, the rest in rows below. The same for everybody. */
export function layoutBoard({ cards, links }: Board): readonly CardPlace[] {
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: GAP_Y, ranksep: 96, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { cardId, text } of cards) {
    if (linked.has(cardId)) graph.setNode(cardId, { width: CARD_WIDTH, height: heightOf(text) });
  }
  for (const { from, to } of links) graph.setEdge(from, to);
  if (linked.size > 0) layout(graph);
  const places: CardPlace[] = cards.flatMap(({ cardId, text }) => {
    if (!linked.has(cardId)) return [];
    const height = heightOf(text);
    const { x, y } = graph.node(cardId) as { x: number; y: number };
    return [{ cardId, x: Math.round(x - CARD_WIDTH / 2), y: Math.round(y - height / 2), height }];
  });
  const below = places.reduce((lowest, { y, height }) => Math.max(lowest, y + height + 2 * GAP_Y), 0);
  return [
    ...places,
    ...rows(
      cards.filter(({ cardId }) => !linked.has(cardId)),
      below,
    ),
  ];
}

function rows(cards: Board['cards'], top: number): readonly CardPlace[] {
  // About as wide as high.
  const rowLength = Math.max(2, Math.ceil(Math.sqrt(cards.length)));
  const places: CardPlace[] = [];
  for (let first = 0, y = top; first < cards.length; first += rowLength) {
    const row = cards.slice(first, first + rowLength).map(({ cardId, text }, column) => {
      return { cardId, x: column * (CARD_WIDTH + GAP_X), y, height: heightOf(text) };
    });
    places.push(...row);
    y += Math.max(...row.map(({ height }) => height)) + GAP_Y;
  }
  return places;
}

function heightOf(text: string): number {
  const lines = Math.min(MOST_LINES, Math.max(1, Math.ceil(text.length / LINE_LENGTH)));
  return CARD_FRAME + lines * LINE_HEIGHT;
}
