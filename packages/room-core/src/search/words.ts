/** A word of a text, and where it stands. */
export interface Word {
  /** Folded: lower case, without accents, compatibility forms resolved. */
  readonly folded: string;
  /** UTF-16 offsets of the word as written; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

const RUN = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that write no space between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** A letter with its marks. Where words end depends on what stands around them, so each letter counts as one. */
const LETTER = /[\p{L}\p{N}]\p{M}*/gu;

/** The words of a text in their order: runs of letters, digits and marks; of scripts without spaces, every letter. */
export function toWords(text: string): readonly Word[] {
  return toWordRuns(text).flat();
}

/** The same, with the letters of a run that has no spaces kept together. */
export function toWordRuns(text: string): readonly (readonly Word[])[] {
  const runs: (readonly Word[])[] = [];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const parts = UNSPACED.test(run) ? [...run.matchAll(LETTER)] : [{ 0: run, index: 0 }];
    const words = parts.map(({ 0: written, index: offset }) => toWord(written, index + offset));
    // A mark that stands alone folds to nothing.
    const kept = words.filter(({ folded }) => folded !== '');
    if (kept.length > 0) runs.push(kept);
  }
  return runs;
}

/** Accents of Latin, Greek and Cyrillic go; the vowel signs of other scripts are part of the word. */
function toWord(written: string, start: number): Word {
  const folded = written
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  return { folded, start, end: start + written.length };
}
