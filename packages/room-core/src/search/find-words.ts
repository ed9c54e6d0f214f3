import type { LogEntry } from '@colloquy/live-protocol';
import { MAX_SEARCH_WORDS } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import { toWordRuns, toWords, type Word } from './words.ts';

/** The words of an entry that people search for; `''` for one that says nothing. */
export function searchableText(entry: Pick<LogEntry, 'kind' | 'body'>): string {
  switch (entry.kind) {
    case 'msg.text':
    case 'speech.final':
    case 'ai.message':
    case 'ai.interrupted':
      return (entry.body as { readonly text: string }).text;
    default:
      return '';
  }
}

/**
 * The words to look for; of a script without spaces, the letters with a space between, to be found one after the other.
 * @throws RoomCoreError `ERR_ROOM_INPUT` for a query without a word, or with too many.
 */
export function parseSearchQuery(query: string): readonly string[] {
  const runs = typeof query === 'string' ? toWordRuns(query.slice(0, MAX_QUERY_LENGTH)) : [];
  const words = runs.map((run) => run.map(({ folded }) => folded).join(' '));
  if (words.length === 0) {
    throw new RoomCoreError('ERR_ROOM_INPUT', `"query" must have a word to look for; it is ${excerpt(query)}.`);
  }
  if (words.length <= MAX_SEARCH_WORDS && query.length <= MAX_QUERY_LENGTH) return words;
  throw new RoomCoreError(
    'ERR_ROOM_INPUT',
    `"query" may have ${MAX_SEARCH_WORDS} words in ${MAX_QUERY_LENGTH} characters; this one has more. Look for fewer.`,
  );
}

/** Where the words of a query stand in a text; `null` when one of them does not occur. The last may be a beginning. */
export function findWords(text: string, query: readonly string[]): readonly Word[] | null {
  const words = toWords(text);
  const wanted = query.map((run) => run.split(' '));
  const found = new Set<number>();
  const hits = new Set<Word>();
  words.forEach((_, at) => {
    wanted.forEach((run, index) => {
      if (!standsAt(words, at, run, index === wanted.length - 1)) return;
      found.add(index);
      for (const word of words.slice(at, at + run.length)) hits.add(word);
    });
  });
  return found.size === wanted.length ? [...hits].sort((a, b) => a.start - b.start) : null;
}

/** Whether the words from `at` on are those of `run`; the last may be a beginning. */
function standsAt(words: readonly Word[], at: number, run: readonly string[], mayBegin: boolean): boolean {
  return run.every((wanted, offset) => {
    const word = words[at + offset]?.folded;
    return mayBegin && offset === run.length - 1 ? word?.startsWith(wanted) === true : word === wanted;
  });
}

function excerpt(query: unknown): string {
  return JSON.stringify(query)?.slice(0, 60) ?? 'missing';
}

const MAX_QUERY_LENGTH = 500;
