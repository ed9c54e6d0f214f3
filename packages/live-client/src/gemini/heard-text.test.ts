import { describe, expect, it } from 'vitest';
import { HeardText } from './heard-text.ts';

/** Pieces of text, each with the audio that comes after it. */
function spoken(...pieces: [text: string, audioMs: number][]) {
  const heard = new HeardText();
  let text = '';
  for (const [piece, audioMs] of pieces) {
    text += piece;
    heard.beginMessage();
    heard.addAudio(audioMs);
    heard.grewTo(text.length);
  }
  return { heard, text };
}

describe('HeardText', () => {
  it('gives the whole words that were heard, piece by piece', () => {
    const { heard, text } = spoken(['The sun', 700], [' rises', 600], [' in the east.', 1_300]);
    heard.complete();
    const at = (ms: number) => heard.upTo(ms, text);
    expect(at(0)).toBe('');
    expect(at(290)).toBe('');
    expect(at(400)).toBe('The');
    expect(at(700)).toBe('The sun');
    expect(at(1_299)).toBe('The sun');
    expect(at(1_300)).toBe('The sun rises');
    expect(at(1_700)).toBe('The sun rises in');
    expect(at(2_600)).toBe(text);
    expect(at(9_999)).toBe(text);
  });

  it('spreads a text that came whole before its audio', () => {
    const { heard, text } = spoken(['one two three four five six', 0]);
    heard.addAudio(2_700);
    heard.complete();
    expect(heard.upTo(1_300, text)).toBe('one two three');
    expect(heard.upTo(2_700, text)).toBe(text);
  });

  it('spreads a text that came whole after its audio', () => {
    const { heard, text } = spoken(['', 2_700], ['one two three four five six', 0]);
    heard.complete();
    expect(heard.upTo(1_300, text)).toBe('one two three');
  });

  it('does not take text for heard whose audio has not come', () => {
    const { heard, text } = spoken(['one two three four five six', 100]);
    expect(heard.upTo(100, text)).toBe('');
    expect(heard.upTo(60 * 8, text)).toBe('one two');
  });

  it('begins anew with a second text of the same turn', () => {
    const { heard } = spoken(['Wait.', 500]);
    heard.restartText();
    heard.beginMessage();
    heard.grewTo('It is noon.'.length);
    heard.addAudio(1_000);
    heard.complete();
    expect(heard.upTo(400, 'It is noon.')).toBe('');
    expect(heard.upTo(1_000, 'It is noon.')).toBe('It is');
    expect(heard.audioMs).toBe(1_500);
  });

  it('gives nothing before there is text', () => {
    expect(new HeardText().upTo(1_000, '')).toBe('');
  });
});
