import { expect, it } from 'vitest';
import { markedParts } from './marked-parts.ts';

it('a snippet is cut where words were found, and nothing of it is lost', () => {
  const text = 'the river runs by the river';
  const parts = markedParts({
    text,
    marks: [
      { start: 4, end: 9 },
      { start: 22, end: 27 },
    ],
  });
  expect(parts.filter(({ isMarked }) => isMarked).map((part) => part.text)).toEqual(['river', 'river']);
  expect(parts.map((part) => part.text).join('')).toBe(text);
  expect(markedParts({ text: 'x', marks: [] })).toEqual([{ start: 0, text: 'x', isMarked: false }]);
});
