import type { LogEntryOf } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { type BoardChange, foldBoard } from './board.ts';

const ana = { participantId: 'ana', name: 'Ana' };
const model = { participantId: 'model', name: 'Gemini' };

function log(...changes: readonly BoardChange[]): readonly LogEntryOf<'app'>[] {
  return changes.map((change, index) => ({
    room: 'r',
    epoch: 1,
    seq: index + 1,
    ts: 1_000 + index,
    kind: 'app',
    actor: model,
    body: { topic: 'board', data: change as unknown as Record<string, unknown> },
  }));
}

const add = (cardId: string, text = cardId): BoardChange => {
  return { op: 'add', cardId, kind: 'claim', text, saidBy: [ana], source: 7 };
};

describe('the board', () => {
  it('is what its changes make, each card with who said it, where, and who put it there', () => {
    const board = foldBoard(log(add('a'), { op: 'edit', cardId: 'a', text: 'b', isDone: true }));
    expect(board.cards).toEqual([
      {
        cardId: 'a',
        kind: 'claim',
        text: 'b',
        isDone: true,
        saidBy: [ana],
        source: 7,
        addedBy: model,
        addedAt: 1_000,
        editedBy: model,
      },
    ]);
  });

  it('has a card once, however often it was added, and nothing of what names no card', () => {
    const gone = [
      { op: 'edit', cardId: 'x', text: 'y' },
      { op: 'remove', cardId: 'x' },
      { op: 'link', from: 'a', to: 'x', relation: 'supports' },
      { op: 'link', from: 'a', to: 'a', relation: 'supports' },
    ] as const;
    const board = foldBoard(log(add('a', 'first'), add('a', 'second'), ...gone));
    expect(board.cards.map(({ text }) => text)).toEqual(['first']);
    expect(board.links).toEqual([]);
  });

  it('links two cards once in a direction, and loses the links of a card with it', () => {
    const linked = [add('a'), add('b'), add('c')];
    const links = [
      { op: 'link', from: 'a', to: 'b', relation: 'supports' },
      { op: 'link', from: 'a', to: 'b', relation: 'opposes' },
      { op: 'link', from: 'b', to: 'c', relation: 'answers' },
    ] as const;
    expect(foldBoard(log(...linked, ...links)).links).toEqual([
      { from: 'a', to: 'b', relation: 'opposes' },
      { from: 'b', to: 'c', relation: 'answers' },
    ]);
    expect(foldBoard(log(...linked, ...links, { op: 'unlink', from: 'b', to: 'c' })).links).toHaveLength(1);
    expect(foldBoard(log(...linked, ...links, { op: 'remove', cardId: 'b' })).links).toEqual([]);
    expect(foldBoard(log(...linked, ...links, { op: 'clear' }))).toEqual({ cards: [], links: [] });
  });

  it('goes on without a change that it does not know', () => {
    expect(foldBoard(log(add('a'), { op: 'colour' } as never)).cards).toHaveLength(1);
  });
});
