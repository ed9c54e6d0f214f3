import { toSample } from '../audio/pcm16.ts';
import { SeededRandom } from '../random.ts';
import { type Syllable, type SyllableOnset, type SyllableVowel, toSyllables } from './syllables.ts';
import { VOICE_RATE, type Voice, type VoiceRequest } from './voice.ts';

/** Options of {@link SyntheticVoice}. */
export interface SyntheticVoiceOptions {
  /**
   * How fast it speaks.
   * @defaultValue 2.5, an unhurried conversation
   */
  readonly wordsPerSecond?: number;
  /**
   * The same seed says the same text with the same samples.
   * @defaultValue 1
   */
  readonly seed?: number;
}

/** Length of a word of English at one word per second, in syllables, pauses taken off. */
const SYLLABLES_PER_WORD = 1.5;
/** Share of the time that pauses take at the usual punctuation. */
const PAUSE_SHARE = 0.15;
/** Centre frequencies of the first three formants, in Hz. */
const FORMANTS: Readonly<Record<SyllableVowel, readonly [number, number, number]>> = {
  a: [730, 1090, 2440],
  e: [530, 1840, 2480],
  i: [390, 1990, 2550],
  o: [570, 840, 2410],
  u: [440, 1020, 2240],
};
const BANDWIDTHS = [80, 100, 140] as const;
const FORMANT_GAINS = [1, 0.6, 0.3] as const;
/** Part of a syllable that its consonant takes, and how loud it is beside the vowel. */
const ONSETS: Readonly<Record<SyllableOnset, { readonly share: number; readonly noise: number }>> = {
  none: { share: 0.05, noise: 0 },
  voiced: { share: 0.2, noise: 0 },
  plosive: { share: 0.18, noise: 0.5 },
  fricative: { share: 0.32, noise: 0.35 },
};
/** Loudness of the result: about −20 dBFS while a vowel sounds. */
const AMPLITUDE = 2_800;

/**
 * Speech-like sound without words: a buzzing source through three formants, syllable by syllable, of the length the
 * text takes to say. It is fast, needs nothing installed and is the same on every machine.
 */
export class SyntheticVoice implements Voice {
  readonly #syllableSeconds: number;
  readonly #seed: number;

  constructor(options: SyntheticVoiceOptions = {}) {
    const { wordsPerSecond = 2.5, seed = 1 } = options;
    if (!(wordsPerSecond > 0)) throw new RangeError(`wordsPerSecond is ${wordsPerSecond}; give a number above 0.`);
    this.#syllableSeconds = (1 - PAUSE_SHARE) / wordsPerSecond / SYLLABLES_PER_WORD;
    this.#seed = seed;
  }

  synthesize(request: VoiceRequest): Int16Array {
    const random = new SeededRandom(`${this.#seed}/${request.voiceName ?? ''}/${request.text}`);
    const speaker = speakerOf(request.voiceName ?? 'default');
    const syllables = toSyllables(request.text);
    const lengths = syllables.map(() => Math.round(this.#syllableSeconds * random.between(0.85, 1.15) * VOICE_RATE));
    const pauses = syllables.map((syllable) => Math.round(syllable.pauseSeconds * VOICE_RATE));
    const total = [...lengths, ...pauses].reduce((sum, length) => sum + length, 0);
    const samples = new Int16Array(total);
    const throat = new Throat(speaker, random);
    let offset = 0;
    syllables.forEach((syllable, index) => {
      const length = lengths[index] ?? 0;
      throat.say(samples.subarray(offset, offset + length), syllable, offset / total);
      offset += length + (pauses[index] ?? 0);
    });
    return samples;
  }
}

interface Speaker {
  /** Pitch in Hz. */
  readonly pitch: number;
  /** Length of the vocal tract, as a factor on the formants. */
  readonly tract: number;
}

/** Every voice name has its own pitch and timbre, always the same. */
function speakerOf(voiceName: string): Speaker {
  const random = new SeededRandom(`voice/${voiceName}`);
  const pitch = random.between(95, 220);
  return { pitch, tract: 0.9 + (pitch - 95) / 600 };
}

/** Source and filter of the voice; keeps its phase and resonance from syllable to syllable. */
class Throat {
  readonly #speaker: Speaker;
  readonly #random: SeededRandom;
  #phase = 0;
  #breath = 0;
  /** Last two outputs of each of the three resonators. */
  readonly #memory = new Float64Array(6);

  constructor(speaker: Speaker, random: SeededRandom) {
    this.#speaker = speaker;
    this.#random = random;
  }

  /** Fills `out` with one syllable; `position` is how far into the text it is, 0 to 1. */
  say(out: Int16Array, syllable: Syllable, position: number): void {
    const onset = ONSETS[syllable.onset];
    const consonantEnd = Math.floor(out.length * onset.share);
    const resonators = FORMANTS[syllable.vowel].map((centre, index) =>
      resonator(centre * this.#speaker.tract, BANDWIDTHS[index] ?? 100, FORMANT_GAINS[index] ?? 0),
    );
    const pitch = this.#speaker.pitch * (1.1 - 0.2 * position) * this.#random.between(0.95, 1.05);
    const glide = syllable.rises ? 0.35 : -0.06;
    for (let index = 0; index < out.length; index += 1) {
      const progress = index / out.length;
      const voicing = index < consonantEnd ? (onset.noise > 0 ? 0 : 0.4) : 1;
      const buzz = this.#buzz(pitch * (1 + glide * progress)) * voicing;
      const noise = index < consonantEnd ? this.#noise() * onset.noise : 0;
      out[index] = toSample((this.#resonate(resonators, buzz) + noise) * envelope(progress) * AMPLITUDE);
    }
  }

  /** A sawtooth: all harmonics, falling by 6 dB per octave, like a larynx. */
  #buzz(pitch: number): number {
    this.#phase += pitch / VOICE_RATE;
    if (this.#phase >= 1) this.#phase -= 1;
    return 1 - 2 * this.#phase;
  }

  /** High-passed noise, as air makes between teeth. */
  #noise(): number {
    const white = this.#random.float() * 2 - 1;
    const breath = white - this.#breath;
    this.#breath = white;
    return breath;
  }

  #resonate(resonators: readonly Resonator[], input: number): number {
    const memory = this.#memory;
    let sum = 0;
    for (let index = 0; index < 3; index += 1) {
      const { a, b, c, gain } = resonators[index] as Resonator;
      const previous = memory[index * 2] as number;
      const output = a * input + b * previous - c * (memory[index * 2 + 1] as number);
      memory[index * 2 + 1] = previous;
      memory[index * 2] = output;
      sum += output * gain;
    }
    return sum;
  }
}

interface Resonator {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly gain: number;
}

/** A two-pole resonance; `a` brings its peak to about the same height for every centre. */
function resonator(centre: number, bandwidth: number, gain: number): Resonator {
  const radius = Math.exp((-Math.PI * bandwidth) / VOICE_RATE);
  const angle = (2 * Math.PI * centre) / VOICE_RATE;
  return { a: (1 - radius) * 2.4, b: 2 * radius * Math.cos(angle), c: radius * radius, gain };
}

/** Rises over the first fifth of a syllable and falls over the last third, so nothing clicks. */
function envelope(progress: number): number {
  if (progress < 0.2) return progress * 5;
  return progress > 0.67 ? Math.max(0, (1 - progress) * 3) : 1;
}
