import type { SearchSnippet } from '@colloquy/live-protocol';

/** A stretch of a snippet. */
export interface SnippetPart {
  readonly start: number;
  readonly text: string;
  readonly isMarked: boolean;
}

/** A snippet in pieces: what was found, and what is between. */
export function markedParts({ text, marks }: SearchSnippet): readonly SnippetPart[] {
  const parts: SnippetPart[] = [];
  let at = 0;
  for (const { start, end } of marks) {
    if (start > at) parts.push({ start: at, text: text.slice(at, start), isMarked: false });
    parts.push({ start, text: text.slice(start, end), isMarked: true });
    at = end;
  }
  if (at < text.length) parts.push({ start: at, text: text.slice(at), isMarked: false });
  return parts;
}
