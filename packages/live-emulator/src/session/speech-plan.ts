import { VOICE_RATE } from '../voice/voice.ts';

/** One chunk of speech and what is said in it. */
export interface SpeechChunk {
  readonly samples: Int16Array;
  /** Words that begin in it, with the space between them and the next or the last. */
  readonly words: string;
  /** Length, in milliseconds. */
  readonly durationMs: number;
}

/** A pause before a word counts like so many letters when words are laid out over their audio. */
const LETTERS_PER_PAUSE = 2;

/** Sentences of a text, each a thing to synthesise; very long ones are cut at a space. */
export function splitSentences(text: string, longest = 400): string[] {
  // A stop in front of a letter or a digit ends nothing: 2.5 is one number.
  return (text.match(/(?:[^.!?]|[.!?](?=[\p{L}\p{N}]))+(?:[.!?]+["')\]]*|$)\s*/gu) ?? [])
    .flatMap((sentence) => sentence.match(new RegExp(`.{1,${longest}}(?:\\s|$)|\\S+`, 'gs')) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Words of a text with their spaces, so that joining them gives the text: on the left side or on the right one. */
export function splitWords(text: string, space: 'leading' | 'trailing'): string[] {
  return text.match(space === 'leading' ? /\s*\S+/g : /\S+\s*/g) ?? [];
}

/**
 * Cuts a sentence's audio into chunks and says in which of them each word begins.
 * Where in the audio a word is follows from the lengths of the words: nobody can hear that it is a guess.
 */
export function planSpeech(words: readonly string[], samples: Int16Array, chunkMs: number): SpeechChunk[] {
  const chunkSamples = Math.round((chunkMs * VOICE_RATE) / 1000);
  const count = Math.max(1, Math.ceil(samples.length / chunkSamples));
  const texts = layOut(words, count);
  return Array.from({ length: count }, (_, index) => {
    const chunk = samples.subarray(index * chunkSamples, (index + 1) * chunkSamples);
    return { samples: chunk, words: texts[index] ?? '', durationMs: (chunk.length * 1000) / VOICE_RATE };
  }).filter((chunk) => chunk.samples.length > 0 || chunk.words !== '');
}

function layOut(words: readonly string[], count: number): string[] {
  const weights = words.map((word) => word.trim().length + LETTERS_PER_PAUSE);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const texts = Array.from({ length: count }, () => '');
  let before = 0;
  words.forEach((word, index) => {
    const chunk = Math.min(count - 1, Math.floor((before / total) * count));
    texts[chunk] += word;
    before += weights[index] ?? 0;
  });
  return texts;
}
