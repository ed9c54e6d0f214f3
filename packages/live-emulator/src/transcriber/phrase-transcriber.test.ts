import { describe, expect, it } from 'vitest';
import { resample } from '../audio/resampler.ts';
import { loadFixturePhrases } from '../fixture-phrases.ts';
import { SeededRandom } from '../random.ts';
import { PhraseTranscriber } from './phrase-transcriber.ts';

const RATE = 16_000;
const phrases = await loadFixturePhrases();
const transcriber = new PhraseTranscriber({ phrases });

interface Placed {
  readonly samples: Int16Array;
  readonly atSeconds?: number;
  readonly gain?: number;
}

/** The sum of `parts`, clipped, with half a second of silence behind the last one. */
function mix(...parts: readonly Placed[]): Int16Array {
  const ends = parts.map(({ samples, atSeconds = 0 }) => Math.round(atSeconds * RATE) + samples.length);
  const sum = new Int16Array(Math.max(...ends) + RATE / 2);
  for (const { samples, atSeconds = 0, gain = 1 } of parts) {
    const offset = Math.round(atSeconds * RATE);
    samples.forEach((sample, index) => {
      const value = (sum[offset + index] ?? 0) + sample * gain;
      sum[offset + index] = Math.max(-32768, Math.min(32767, Math.round(value)));
    });
  }
  return sum;
}

function noise(seconds: number, amplitude: number, seed = 1): Int16Array {
  const random = new SeededRandom(seed);
  return Int16Array.from({ length: seconds * RATE }, () => random.between(-amplitude, amplitude));
}

/** As crude as a browser's or a relay's resampler can be. */
function linear(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  return Int16Array.from({ length: Math.floor((samples.length * toRate) / fromRate) }, (_, index) => {
    const position = (index * fromRate) / toRate;
    const before = Math.floor(position);
    const share = position - before;
    return (samples[before] ?? 0) * (1 - share) + (samples[before + 1] ?? 0) * share;
  });
}

function named(file: string): { samples: Int16Array; text: string } {
  const phrase = phrases.find((candidate) => candidate.file === file);
  if (!phrase) throw new Error(`no fixture ${file}`);
  return phrase;
}

describe('one phrase', () => {
  it.each(phrases.map((phrase) => [phrase.file, phrase] as const))(
    '%s is recognised, and nothing else',
    (_, phrase) => {
      expect(transcriber.transcribe(phrase.samples).text).toBe(phrase.text);
    },
  );

  it.each([1, 0.5, 0.2, 0.1])('is recognised at gain %d, anywhere in the utterance', (gain) => {
    for (const phrase of phrases) {
      // 0.4137 s is no multiple of the feature hop: the frames fall between those of the template.
      expect(transcriber.transcribe(mix({ ...phrase, atSeconds: 0.4137, gain })).text).toBe(phrase.text);
    }
  });

  it.each([48_000, 44_100, 24_000, 22_050])('survives a round trip through %d Hz', (rate) => {
    for (const phrase of phrases) {
      expect(transcriber.transcribe(resample(resample(phrase.samples, RATE, rate), rate, RATE)).text).toBe(phrase.text);
    }
  });

  it('survives a round trip through 48 kHz by linear interpolation', () => {
    for (const phrase of phrases) {
      expect(transcriber.transcribe(linear(linear(phrase.samples, RATE, 48_000), 48_000, RATE)).text).toBe(phrase.text);
    }
  });

  it('is recognised when a gain control works on it', () => {
    for (const phrase of phrases) {
      const pumped = phrase.samples.map((sample, index) => sample * (0.4 + 0.3 * Math.sin(index / 9_000)));
      expect(transcriber.transcribe(pumped).text).toBe(phrase.text);
    }
  });

  it('is recognised through a dull or a shrill microphone', () => {
    for (const phrase of phrases) {
      const shrill = phrase.samples.map((sample, index) => sample - 0.8 * (phrase.samples[index - 1] ?? 0));
      expect(transcriber.transcribe(shrill).text).toBe(phrase.text);
      let last = 0;
      const dull = phrase.samples.map((sample) => {
        last = 0.8 * last + 0.2 * sample;
        return last;
      });
      expect(transcriber.transcribe(dull).text).toBe(phrase.text);
    }
  });

  it('is recognised when the network lost and repeated pieces of it', () => {
    for (const phrase of phrases) {
      const kept = phrase.samples.filter((_, index) => index % 12_000 >= 320);
      expect(transcriber.transcribe(kept).text).toBe(phrase.text);
      const repeated = [...phrase.samples].flatMap((sample, index) =>
        index % 16_000 < 320 ? [sample, sample] : sample,
      );
      expect(transcriber.transcribe(Int16Array.from(repeated)).text).toBe(phrase.text);
    }
  });

  it('is recognised when its first third was missed', () => {
    for (const phrase of phrases) {
      const rest = phrase.samples.subarray(phrase.samples.length / 3);
      expect(transcriber.transcribe(rest).text).toBe(phrase.text);
    }
  });

  it('is recognised in a noisy room', () => {
    const { samples, text } = named('ana-money.wav');
    expect(transcriber.transcribe(mix({ samples }, { samples: noise(3, 600) })).text).toBe(text);
  });

  it('is found each time it is said', () => {
    const { samples, text } = named('ben-noise.wav');
    expect(transcriber.transcribe(mix({ samples }, { samples, atSeconds: 3.1 })).text).toBe(`${text} ${text}`);
  });

  it('tells where it was', () => {
    const { samples } = named('ben-noise.wav');
    const [segment] = transcriber.transcribe(mix({ samples, atSeconds: 1.5 })).segments;
    expect(segment?.recognized).toBe(true);
    expect(Math.abs((segment?.startMs ?? 0) - 1500)).toBeLessThanOrEqual(20);
  });
});

describe('two phrases', () => {
  it('one after the other come in order', () => {
    const first = named('ben-fair.wav');
    const second = named('ana-tuesday.wav');
    const heard = transcriber.transcribe(mix(first, { samples: second.samples, atSeconds: 3.3 }));
    expect(heard.text).toBe(`${first.text} ${second.text}`);
  });

  it('at once, 0.25 to 1.7 s apart, are both recognised in order of onset', () => {
    const pairs = phrases.flatMap((first) =>
      phrases.filter((second) => second !== first).map((second) => ({ first, second })),
    );
    for (const [index, { first, second }] of pairs.entries()) {
      const atSeconds = [0.25, 0.9, 1.7][index % 3];
      const heard = transcriber.transcribe(mix({ ...first, gain: 0.7 }, { ...second, atSeconds, gain: 0.7 }));
      expect(heard.text).toBe(`${first.text} ${second.text}`);
    }
  });

  it('at once are both recognised when one is a third as loud', () => {
    const loud = named('ben-volunteers.wav');
    const soft = named('ana-evening.wav');
    const heard = transcriber.transcribe(mix({ ...loud }, { ...soft, atSeconds: 0.6, gain: 0.3 }));
    expect(heard.text).toBe(`${loud.text} ${soft.text}`);
  });
});

describe('what is not registered', () => {
  it('silence is nothing', () => {
    expect(transcriber.transcribe(new Int16Array(RATE))).toEqual({ text: '', segments: [] });
    expect(transcriber.transcribe(new Int16Array(0)).text).toBe('');
    expect(transcriber.transcribe(noise(1, 10)).text).toBe('');
  });

  it('noise is so many seconds of speech', () => {
    expect(transcriber.transcribe(mix({ samples: noise(1.8, 4_000), atSeconds: 0.3 })).text).toBe('[speech 1.8 s]');
  });

  it('a phrase nobody registered is so many seconds of speech', () => {
    const unknown = named('ana-money.wav');
    const others = new PhraseTranscriber({ phrases: phrases.filter((phrase) => phrase.text !== unknown.text) });
    expect(others.transcribe(unknown.samples).text).toMatch(/^\[speech 2\.[678] s\]$/);
  });

  it('unknown speech behind a phrase is mentioned beside it', () => {
    const { samples, text } = named('ben-noise.wav');
    const heard = transcriber.transcribe(mix({ samples }, { samples: noise(1.5, 4_000), atSeconds: 3.2 }));
    expect(heard.text).toMatch(new RegExp(`^${text} \\[speech 1\\.\\d s\\]$`));
  });

  it('a phrase said backwards is not that phrase', () => {
    for (const phrase of phrases) {
      expect(transcriber.transcribe(phrase.samples.toReversed()).text).toMatch(/^\[speech/);
    }
  });
});

describe('registering', () => {
  it('teaches a phrase at any rate', () => {
    const fresh = new PhraseTranscriber();
    const { samples, text } = named('ana-money.wav');
    fresh.register({ text, samples: resample(samples, RATE, 24_000), sampleRate: 24_000 });
    expect(fresh.transcribe(samples).text).toBe(text);
  });

  it('refuses what could not be recognised, with the remedy', () => {
    const samples = new Int16Array(RATE);
    expect(() => new PhraseTranscriber({ phrases: [{ text: 'Hm', samples, sampleRate: RATE }] })).toThrow(
      'The audio of the phrase "Hm" is silent; give audio in which it is spoken.',
    );
    expect(() =>
      new PhraseTranscriber().register({ text: 'Hm', samples: noise(0.2, 4_000), sampleRate: RATE }),
    ).toThrow('The phrase "Hm" lasts 0.20 s; give audio of at least 0.6 s.');
    expect(() => new PhraseTranscriber({ threshold: 3 })).toThrow('threshold is 3;');
  });
});
