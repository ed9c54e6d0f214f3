import { searchableText } from '../search/find-words.ts';
import { toWords } from '../search/words.ts';
import type { PreparedStatements } from './prepared-statements.ts';
import type { EntryRow } from './requests.ts';

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
const WORD_ROW = '((? << 32) | ?)';
/** Largest number that fits beside the room in a row of the index. */
const MAX_SEQ = 0xffff_ffff;

type Entry = Parameters<typeof searchableText>[0];

/**
 * Finds entries by their words. It lags behind the log, because to index an entry costs ten times as much as to store it:
 * `rooms.indexed` tells how far it is, in the same transaction, and what is missing is put in before it is asked.
 */
export class WordIndex {
  readonly #statements: PreparedStatements;
  /** Rooms with entries that are not in the index, and about how many there are in all. */
  readonly #behind = new Set<number>();
  #backlog = 0;

  constructor(statements: PreparedStatements) {
    this.#statements = statements;
    this.reset();
  }

  /** Entries that are not in the index yet, about. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Finds out anew what is missing: a transaction that was rolled back may have been thought done. */
  reset(): void {
    this.#behind.clear();
    this.#backlog = 0;
    const behind = 'SELECT ordinal, top - indexed AS missing FROM rooms WHERE indexed < top AND status <> ?';
    for (const { ordinal, missing } of this.#statements.of(behind).all('deleted')) {
      this.#behind.add(Number(ordinal));
      this.#backlog += Number(missing);
    }
  }

  /** An entry of this room was stored. */
  appended(room: number): void {
    this.#behind.add(room);
    this.#backlog += 1;
  }

  /** Puts at most `most` entries of a room in, of any where none is given. @returns whether there are more of it. */
  advance(most: number, room: number | undefined = [...this.#behind][0]): boolean {
    if (room === undefined) this.#backlog = 0;
    else this.#advance(room, most);
    return room !== undefined && this.#behind.has(room);
  }

  /** The newest entries below `before` with all of the words. */
  find(
    room: number,
    { words, before, limit }: { readonly words: readonly string[]; readonly before: number; readonly limit: number },
  ): readonly EntryRow[] {
    while (this.#behind.has(room)) this.#advance(room, CATCH_UP_ENTRIES);
    const rows = this.#statements
      .of(
        'SELECT seq, epoch, ts, kind, cid, actor, body FROM entries WHERE room = ? AND seq IN (' +
          'SELECT rowid & 4294967295 FROM entry_words ' +
          `WHERE entry_words MATCH ? AND rowid BETWEEN ${WORD_ROW} AND ${WORD_ROW} ORDER BY rowid DESC LIMIT ?) ` +
          'ORDER BY seq DESC',
      )
      .all(room, toWordQuery(words), room, 1, room, Math.min(before - 1, MAX_SEQ), limit);
    return rows as unknown as EntryRow[];
  }

  /** The words of these entries go, `from`…`to`. */
  remove(room: number, from: number, to: number): void {
    const statement = this.#statements.of(`DELETE FROM entry_words WHERE rowid BETWEEN ${WORD_ROW} AND ${WORD_ROW}`);
    statement.run(room, from, room, to);
  }

  #advance(room: number, most: number): void {
    const entries = this.#statements
      .of(
        'SELECT seq, kind, body FROM entries ' +
          'WHERE room = ?1 AND seq > (SELECT indexed FROM rooms WHERE ordinal = ?1) ORDER BY seq LIMIT ?2',
      )
      .all(room, most) as unknown as readonly Pick<EntryRow, 'seq' | 'kind' | 'body'>[];
    for (const { seq, kind, body } of entries) {
      // Arrivals and the like have nothing to be found by, and need not be taken apart.
      if (SPOKEN_OF.has(kind)) this.#insert(room, seq, { kind, body: JSON.parse(body) } as Entry);
    }
    const last = entries.at(-1)?.seq;
    if (last !== undefined) this.#statements.of('UPDATE rooms SET indexed = ? WHERE ordinal = ?').run(last, room);
    this.#backlog = Math.max(0, this.#backlog - entries.length);
    if (entries.length < most) this.#behind.delete(room);
  }

  #insert(room: number, seq: number, entry: Entry): void {
    const text: unknown = searchableText(entry);
    // What an application appends by itself is stored as it is.
    const words = typeof text === 'string' ? toIndexedWords(text) : '';
    if (words === '') return;
    this.#statements.of(`INSERT INTO entry_words (rowid, words) VALUES (${WORD_ROW}, ?)`).run(room, seq, words);
  }
}

/** Entries that are put in at a time when somebody waits for them. */
const CATCH_UP_ENTRIES = 2_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII.
const ASCII = /^[\x00-\x7f]*$/;

const SPOKEN_OF: ReadonlySet<string> = new Set(['msg.text', 'speech.final', 'ai.message', 'ai.interrupted']);

/** The words of a text as the index takes them. */
function toIndexedWords(text: string): string {
  // The tokenizer splits plain letters and digits the same way; most texts are taken apart once instead of twice.
  if (ASCII.test(text)) return text.toLowerCase();
  return toWords(text)
    .map(({ folded }) => folded)
    .join(' ');
}

/** A query of the index: all of the words, the last as a beginning. They hold letters, digits and marks only. */
function toWordQuery(words: readonly string[]): string {
  return words.map((word, index) => (index === words.length - 1 ? `"${word}"*` : `"${word}"`)).join(' ');
}
