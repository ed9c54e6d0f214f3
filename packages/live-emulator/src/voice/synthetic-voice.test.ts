import { describe, expect, it } from 'vitest';
import { levelDbfs } from '../audio/pcm16.ts';
import { resample } from '../audio/resampler.ts';
import { VoiceActivityDetector } from '../audio/voice-activity.ts';
import { toSyllables } from './syllables.ts';
import { SyntheticVoice } from './synthetic-voice.ts';
import { VOICE_RATE } from './voice.ts';

const TEXT =
  'Thank you, Ana. You said that the library should stay open in the evening. Ben, what would that mean for your neighbours?';

describe('SyntheticVoice', () => {
  it('takes as long as the text takes to say', () => {
    const words = TEXT.split(' ').length;
    const seconds = new SyntheticVoice().synthesize({ text: TEXT, voiceName: 'Puck' }).length / VOICE_RATE;
    expect(words / seconds).toBeGreaterThan(2.2);
    expect(words / seconds).toBeLessThan(2.9);
    const slow = new SyntheticVoice({ wordsPerSecond: 1.25 }).synthesize({ text: TEXT, voiceName: 'Puck' });
    expect(slow.length / VOICE_RATE / seconds).toBeGreaterThan(1.7);
  });

  it('says the same with the same samples, and sounds different by name and seed', () => {
    const say = (voiceName: string | null, seed = 1): string =>
      Buffer.from(new SyntheticVoice({ seed }).synthesize({ text: TEXT, voiceName }).buffer).toString('base64');
    expect(say('Puck')).toBe(say('Puck'));
    expect(new Set([say('Puck'), say('Kore'), say(null), say('Puck', 2)]).size).toBe(4);
  });

  it('is as loud as speech, never clips, and is speech to a voice activity detector', () => {
    for (const voiceName of ['Puck', 'Kore', 'Zephyr', 'Charon', null]) {
      const samples = new SyntheticVoice().synthesize({ text: TEXT, voiceName });
      expect(levelDbfs(samples)).toBeGreaterThan(-26);
      expect(levelDbfs(samples)).toBeLessThan(-16);
      expect(samples.some((sample) => Math.abs(sample) >= 32_767)).toBe(false);
      const detector = new VoiceActivityDetector({ thresholdDbfs: -40, prefixPaddingMs: 20, silenceDurationMs: 500 });
      expect(detector.push(resample(samples, VOICE_RATE, 16_000)).map(({ edge }) => edge)).toEqual(['start']);
    }
  });

  it.each(['', '   ', '...', '?!'])('has nothing to say about %j', (text) => {
    expect(new SyntheticVoice().synthesize({ text, voiceName: null })).toHaveLength(0);
  });

  it('refuses a speed that is none', () => {
    expect(() => new SyntheticVoice({ wordsPerSecond: 0 })).toThrow('wordsPerSecond is 0; give a number above 0.');
  });
});

describe('syllables', () => {
  it.each([
    ['make', 1],
    ['library', 3],
    ['evening', 3],
    ['Ben', 1],
    ['mhm', 1],
    ['42', 2],
    ['élève', 2],
    ['図書館', 3],
  ])('of %s are %d', (word, count) => {
    expect(toSyllables(word)).toHaveLength(count);
  });

  it('know where words begin, sentences end and questions rise', () => {
    const syllables = toSyllables('Well, really?');
    expect(syllables.filter(({ startsWord }) => startsWord)).toHaveLength(2);
    expect(syllables[0]?.pauseSeconds).toBeGreaterThan(0.1);
    expect(syllables.at(-1)).toMatchObject({ rises: true });
    expect(syllables.at(-1)?.pauseSeconds).toBeGreaterThan(0.2);
  });
});
