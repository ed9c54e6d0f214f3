import type { DatabaseSync } from 'node:sqlite';
import { searchableText } from '../search/find-words.ts';
import { toWords } from '../search/words.ts';

/**
 * An index without texts of its own: a row is found by room and number in one integer, which also keeps the rows of a
 * room together and in order. Words come folded and apart, so the tokenizer has nothing left to do but to split them.
 */
export const wordTable = `
  CREATE VIRTUAL TABLE entry_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M*'"
  );
`;

/** The row of an entry: room and number as parameters, in this order. */
export const WORD_ROW = '((? << 32) | ?)';

/** The words of a text as the index takes them. */
export function toIndexedWords(text: string): string {
  return toWords(text)
    .map(({ folded }) => folded)
    .join(' ');
}

/** A query of the index: all of the words, the last as a beginning. They hold letters, digits and marks only. */
export function toWordQuery(words: readonly string[]): string {
  return words.map((word, index) => (index === words.length - 1 ? `"${word}"*` : `"${word}"`)).join(' ');
}

/** Fills the index from the entries that stand already. */
export function indexAllEntries(database: DatabaseSync): void {
  database.function('indexed_words', (kind, body) =>
    toIndexedWords(searchableText({ kind, body: JSON.parse(String(body)) } as Parameters<typeof searchableText>[0])),
  );
  database.exec(`
    INSERT INTO entry_words (rowid, words)
    SELECT (room << 32) | seq, indexed_words(kind, body) FROM entries WHERE indexed_words(kind, body) <> '';
  `);
}
