import { describe, expect, it } from 'vitest';
import { areAlike, HISTORY, likeness, Spectrum, WINDOW } from './likeness.ts';

const SEED = 20_261_128;

function noise(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 31 - 1) * 3_000;
  });
}

const spectrumOf = (samples: Float64Array) => new Spectrum().update(samples);

/** The definition, without a transform. */
function slow(late: Float64Array, early: Float64Array): number {
  let best = 0;
  for (let shift = 0; shift <= HISTORY - WINDOW; shift += 1) {
    let [product, latePower, earlyPower] = [0, 0, 0];
    for (let index = HISTORY - WINDOW; index < HISTORY; index += 1) {
      const [a, b] = [late[index] ?? 0, early[index - shift] ?? 0];
      product += a * b;
      latePower += a * a;
      earlyPower += b * b;
    }
    if (latePower > 0 && earlyPower > 0) best = Math.max(best, Math.abs(product) / Math.sqrt(latePower * earlyPower));
  }
  return best;
}

describe(`likeness of two sounds (seed ${SEED})`, () => {
  const long = noise(HISTORY + 400, SEED);
  const part = (behind: number) => long.slice(400 - behind, 400 - behind + HISTORY);

  it('is what the definition gives, for noise, echoes and mixtures', () => {
    for (let round = 0; round < 20; round += 1) {
      const one = noise(HISTORY, SEED + 2 * round);
      const other = noise(HISTORY, SEED + 2 * round + 1);
      const mixed = other.map((sample, index) => sample + (round / 10) * (one[index - 17 * round] ?? 0));
      const expected = Math.max(slow(one, mixed), slow(mixed, one));
      const spectra = [spectrumOf(one), spectrumOf(mixed)] as const;
      expect(likeness(...spectra)).toBeCloseTo(expected, 9);
      expect(areAlike(...spectra, expected - 0.001)).toBe(true);
      expect(areAlike(...spectra, expected + 0.001)).toBe(false);
    }
  });

  it.each([0, 1, 150, 299, 300])(
    'is 1 for a sound that is %i samples behind, whichever of the two is behind',
    (behind) => {
      expect(likeness(spectrumOf(part(0)), spectrumOf(part(behind)))).toBeCloseTo(1, 9);
      expect(likeness(spectrumOf(part(behind)), spectrumOf(part(0)))).toBeCloseTo(1, 9);
    },
  );

  it('finds nothing that is further behind', () => {
    expect(likeness(spectrumOf(part(0)), spectrumOf(part(302)))).toBeLessThan(0.3);
  });

  it('is found in a sound that begins only now, and not between tones of different pitch', () => {
    const begins = part(0).fill(0, 0, 900);
    expect(areAlike(spectrumOf(begins), spectrumOf(part(0)), 0.6)).toBe(
      likeness(spectrumOf(begins), spectrumOf(part(0))) > 0.6,
    );
    const tone = (step: number) => Float64Array.from({ length: HISTORY }, (_, index) => 3_000 * Math.sin(index * step));
    expect(areAlike(spectrumOf(tone(0.6)), spectrumOf(tone(0.7)), 0.6)).toBe(false);
    expect(areAlike(spectrumOf(tone(0.6)), spectrumOf(tone(0.6)), 0.6)).toBe(true);
  });

  it('is 0 where there is silence', () => {
    const silence = spectrumOf(new Float64Array(HISTORY));
    expect(likeness(silence, silence)).toBe(0);
    expect(likeness(silence, spectrumOf(part(0)))).toBe(0);
  });
});
