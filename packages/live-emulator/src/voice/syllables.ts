/** How a syllable begins, as far as the ear of a listener in the next room tells. */
export type SyllableOnset = 'none' | 'plosive' | 'fricative' | 'voiced';

/** The vowel in its middle. */
export type SyllableVowel = 'a' | 'e' | 'i' | 'o' | 'u';

/** One syllable of a text. */
export interface Syllable {
  readonly onset: SyllableOnset;
  readonly vowel: SyllableVowel;
  /** Whether it is the first of its word. */
  readonly startsWord: boolean;
  /** Silence that follows it, in seconds. */
  readonly pauseSeconds: number;
  /** Whether a question ends with it, so the voice rises. */
  readonly rises: boolean;
}

const WORD_PAUSE_SECONDS = 0.03;
const COMMA_PAUSE_SECONDS = 0.16;
const SENTENCE_PAUSE_SECONDS = 0.28;

/** A rough division of `text` into syllables: one for each group of vowels, at least one for each word. */
export function toSyllables(text: string): Syllable[] {
  return text
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .flatMap(wordSyllables);
}

function wordSyllables(word: string): Syllable[] {
  const letters = spellOut(word.toLowerCase());
  // A silent e at the end of a longer word ("make") adds no syllable.
  const groups = [...letters.replace(/(?<=[aeiouy].*[^aeiouy])e$/, '').matchAll(/([^aeiouy]*)([aeiouy]+)/g)];
  const spoken = groups.length > 0 ? groups : [...'e'.matchAll(/()(e)/g)];
  const pauseSeconds = pauseAfter(word);
  return spoken.map(([, onset = '', vowels = ''], index) => {
    const isLast = index === spoken.length - 1;
    return {
      onset: onsetOf(onset),
      vowel: vowelOf(vowels),
      startsWord: index === 0,
      pauseSeconds: isLast ? pauseSeconds : 0,
      rises: isLast && /\?\W*$/.test(word),
    };
  });
}

/** Digits take about one syllable each, accents none. */
function spellOut(word: string): string {
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '');
  return plain.replace(/\d/g, 'to').replace(/[^a-z]/g, (letter) => (/\p{L}/u.test(letter) ? 'ka' : ''));
}

function pauseAfter(word: string): number {
  if (/[.!?]["')\]]*$/.test(word)) return SENTENCE_PAUSE_SECONDS;
  if (/[,;:–-]["')\]]*$/.test(word)) return COMMA_PAUSE_SECONDS;
  return WORD_PAUSE_SECONDS;
}

function onsetOf(consonants: string): SyllableOnset {
  if (consonants === '') return 'none';
  if (/[sfzcxh]/.test(consonants)) return 'fricative';
  return /[ptkbdgqj]/.test(consonants) ? 'plosive' : 'voiced';
}

function vowelOf(vowels: string): SyllableVowel {
  const first = vowels[0];
  if (first === 'y') return 'i';
  return first === 'e' || first === 'i' || first === 'o' || first === 'u' ? first : 'a';
}
