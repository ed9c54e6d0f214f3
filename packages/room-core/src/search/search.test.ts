import { describe, expect, it } from 'vitest';
import { findWords, parseSearchQuery } from './find-words.ts';
import { toSnippet } from './snippet.ts';

const marked = (text: string, query: string) => {
  const found = findWords(text, parseSearchQuery(query));
  if (!found) return null;
  const snippet = toSnippet(text, found);
  return { text: snippet.text, words: snippet.marks.map(({ start, end }) => snippet.text.slice(start, end)) };
};

describe('searching a text', () => {
  it.each([
    ['The river is wide', 'RIVER', ['river']],
    ['Crème brûlée', 'creme brulee', ['Crème', 'brûlée']],
    ['ﬁnal draft', 'final', ['ﬁnal']],
    ['one river, two rivers', 'river', ['river', 'rivers']],
    ['two rivers, one river', 'river one', ['one', 'river']],
    ['東京タワーへ行きました', 'タワー', ['タ', 'ワ', 'ー']],
    ['Ελληνικά και ελληνικα', 'ελληνικά', ['Ελληνικά', 'ελληνικα']],
    ["it's foo_bar, 3.14", 'foo bar 3', ['foo', 'bar', '3']],
  ])('%j has %j', (text, query, words) => {
    expect(marked(text, query)?.words).toEqual(words);
  });

  it.each([
    ['The river is wide', 'river wid is deep'],
    ['river', 'riverbed'],
    ['rivers', 'river wide'],
    ['京東', '東京'],
    ['', 'x'],
  ])('%j has no %j', (text, query) => {
    expect(marked(text, query)).toBeNull();
  });

  it.each(['', '   ', '!?…', '🧑‍🤝‍🧑', 'a '.repeat(17), 'x'.repeat(501), undefined, 5])(
    'refuses to look for %j',
    (query) => {
      expect(() => parseSearchQuery(query as string)).toThrow(expect.objectContaining({ code: 'ERR_ROOM_INPUT' }));
    },
  );

  it('shows the words in their surroundings, cut at spaces, on one line', () => {
    const text = `${'before '.repeat(40)}the\nriver ${'after '.repeat(60)}`;
    const snippet = marked(text, 'river');
    expect(snippet?.words).toEqual(['river']);
    expect(snippet?.text).toMatch(/^…before (before )+the river after (after )+?after…$/);
    expect(snippet?.text.length).toBeLessThanOrEqual(162);
    expect(marked(`${'x'.repeat(500)} river`, 'river')?.words).toEqual(['river']);
    expect(marked(`river ${'x'.repeat(500)}`, 'river')?.words).toEqual(['river']);
  });
});
