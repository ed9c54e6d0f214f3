import type { SearchSnippet } from '@colloquy/live-protocol';
import type { Word } from './words.ts';

/** Longest snippet without its `…`, in UTF-16 units. */
const MAX_LENGTH = 160;
/** Of which so many stand before the first word found. */
const LEAD = 40;

/** The piece of `text` around the first of `hits` that shows most. */
export function toSnippet(text: string, hits: readonly Word[]): SearchSnippet {
  const first = hits[0]?.start ?? 0;
  const whole = text.length <= MAX_LENGTH;
  const from = whole ? 0 : wordStart(text, Math.max(0, Math.min(first - LEAD, text.length - MAX_LENGTH)));
  const to = whole ? text.length : wordEnd(text, Math.min(text.length, from + MAX_LENGTH));
  const before = from > 0 ? '…' : '';
  const after = to < text.length ? '…' : '';
  // Line breaks become spaces one by one, so that offsets stay.
  const piece = text.slice(from, to).replace(/\s/g, ' ');
  const shift = before.length - from;
  const marks = hits
    .filter(({ start, end }) => start >= from && end <= to)
    .map(({ start, end }) => ({ start: start + shift, end: end + shift }));
  return { text: `${before}${piece}${after}`.toWellFormed(), marks };
}

/** The next beginning of a word within reach, so that none is cut. */
function wordStart(text: string, at: number): number {
  if (at === 0) return 0;
  const space = text.slice(at, at + LEAD).search(/\s/);
  return space < 0 ? at : at + space + 1;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const space = text.slice(at - LEAD, at).search(/\s\S*$/);
  return space < 0 ? at : at - LEAD + space;
}
