import { expect, it } from 'vitest';
import type { Board } from './board.ts';
import { boardToJson, boardToMarkdown } from './board-files.ts';

const ana = { participantId: 'ana', name: 'Ana' };
const gemini = { participantId: 'model', name: 'Gemini' };
const common = { isDone: false, saidBy: [ana], source: 4, addedBy: gemini, addedAt: 1, editedBy: null };
const board: Board = {
  cards: [
    { ...common, cardId: 'a', kind: 'action', text: 'Call the *city*\nabout noise', isDone: true },
    { ...common, cardId: 'c', kind: 'claim', text: 'It is loud', saidBy: [], source: null },
  ],
  links: [{ from: 'c', to: 'a', relation: 'leads-to' }],
};

it('the board is exported as minutes by kind, with who said what, where, and what follows', () => {
  expect(boardToMarkdown(board, 'Panel')).toBe(
    [
      '# Board of Panel',
      '',
      '## Claims',
      '',
      '- It is loud (Gemini)',
      '  - leads to: Call the \\*city\\* about noise',
      '',
      '## Actions',
      '',
      '- [x] Call the \\*city\\* about noise (Ana, entry 4)',
      '',
    ].join('\n'),
  );
  expect(boardToMarkdown({ cards: [], links: [] }, 'Panel')).toContain('The board is empty.');
});

it('the board is exported as data that says which room it is of', () => {
  expect(JSON.parse(boardToJson(board, { id: 'r1', name: 'Panel' }))).toEqual({
    room: { id: 'r1', name: 'Panel' },
    ...board,
  });
});
