import { describe, expect, it } from 'vitest';
import { splitPieces } from './input-transcript.ts';
import { planSpeech, splitSentences, splitWords } from './speech-plan.ts';

describe('sentences', () => {
  it.each([
    ['One. Two! Three? Four', ['One.', 'Two!', 'Three?', 'Four']],
    ['He said "no." Then he left...', ['He said "no."', 'Then he left...']],
    ['', []],
    ['I heard 2.5 s of v3.8. Really?', ['I heard 2.5 s of v3.8.', 'Really?']],
    ['...', []],
    ['   ', []],
  ])('of %j are %j', (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });

  it('are cut when they never end', () => {
    const parts = splitSentences(`${'word '.repeat(300)}${'x'.repeat(1_000)}`);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.join(' ').replace(/\s/g, '')).toBe(`${'word'.repeat(300)}${'x'.repeat(1_000)}`);
  });
});

describe('words', () => {
  it('keep their spaces on one side', () => {
    expect(splitWords('It is late.', 'leading')).toEqual(['It', ' is', ' late.']);
    expect(splitWords('It is late.', 'trailing')).toEqual(['It ', 'is ', 'late.']);
    expect(splitWords('', 'leading')).toEqual([]);
  });

  it('of an input transcription come with punctuation apart', () => {
    expect(splitPieces("Hello, I'm Zoë. [speech 1.8 s]")).toEqual([
      ' Hello',
      ',',
      " I'm",
      ' Zoë',
      '.',
      ' [speech 1.8 s]',
    ]);
  });
});

describe('a plan', () => {
  const samples = Int16Array.from({ length: 24_000 }, (_, index) => index % 1_000);

  it('holds every sample and every word once, in order', () => {
    const words = splitWords('The quick brown fox jumps over the lazy dog.', 'trailing');
    const chunks = planSpeech(words, samples, 70);
    expect(chunks.map((chunk) => chunk.words).join('')).toBe(words.join(''));
    expect(chunks.flatMap((chunk) => [...chunk.samples])).toEqual([...samples]);
    expect(chunks.reduce((sum, chunk) => sum + chunk.durationMs, 0)).toBeCloseTo(1_000, 6);
    expect(chunks.slice(0, -1).every((chunk) => chunk.durationMs === 70)).toBe(true);
    expect(chunks[0]?.words).toBe('The ');
  });

  it('without sound still has the words, without words still the sound', () => {
    expect(planSpeech(['Hm.'], new Int16Array(0), 40)).toEqual([
      { samples: new Int16Array(0), words: 'Hm.', durationMs: 0 },
    ]);
    expect(planSpeech([], samples, 500)).toHaveLength(2);
    expect(planSpeech([], new Int16Array(0), 500)).toEqual([]);
  });
});
