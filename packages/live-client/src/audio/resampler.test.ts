import { describe, expect, it } from 'vitest';
import { decibels, fitSine, power, sine } from '../../test/tones.ts';
import { Resampler } from './resampler.ts';

/** The whole input through a resampler, in blocks of the given lengths by turns. */
function resample(input: Float32Array, inputRate: number, outputRate: number, blocks: readonly number[] = [128]) {
  const resampler = new Resampler({ inputRate, outputRate });
  const parts: number[] = [];
  for (let at = 0, turn = 0; at < input.length; turn++) {
    const block = input.subarray(at, at + (blocks[turn % blocks.length] ?? 128));
    const output = new Float32Array(resampler.maxOutput(block.length));
    const count = resampler.process(block, output);
    for (let index = 0; index < count; index++) parts.push(output[index] ?? 0);
    at += block.length;
  }
  return Float32Array.from(parts);
}

/** Without the first 20 ms, in which the filter fills. */
const settled = (samples: Float32Array, rate: number) => samples.subarray(rate * 0.02);

const toCapture = [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 44_099];
const fromModel = [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000];

describe('Resampler', () => {
  it.each(toCapture)('keeps in-band sines of a %i Hz device above 80 dB on the way to 16 kHz', (rate) => {
    const band = 0.85 * Math.min(8_000, rate / 2);
    for (const frequency of [100, 440, 0.3 * band, 0.7 * band, band]) {
      const output = settled(resample(sine(frequency, rate, Math.ceil(rate * 0.25)), rate, 16_000), 16_000);
      const { signal, rest } = fitSine(output, frequency, 16_000);
      expect(decibels(signal, rest), `${frequency} Hz`).toBeGreaterThan(80);
      expect(decibels(signal, 0.32), `${frequency} Hz`).toBeCloseTo(0, 1);
    }
  });

  it.each(fromModel)('keeps in-band sines above 80 dB from 24 kHz to a %i Hz device', (rate) => {
    const band = 0.85 * Math.min(12_000, rate / 2);
    for (const frequency of [100, 1_000, band]) {
      const output = settled(resample(sine(frequency, 24_000, 6_000), 24_000, rate), rate);
      const { signal, rest } = fitSine(output, frequency, rate);
      expect(decibels(signal, rest), `${frequency} Hz`).toBeGreaterThan(80);
    }
  });

  it.each([44_100, 48_000, 96_000, 44_099])('keeps tones above the band of 16 kHz below -70 dB, from %i Hz', (rate) => {
    for (const frequency of [8_250, 9_000, 12_000, 15_500, 0.49 * rate]) {
      const output = settled(resample(sine(frequency, rate, Math.ceil(rate * 0.25)), rate, 16_000), 16_000);
      expect(decibels(power(output), 0.32), `${frequency} Hz`).toBeLessThan(-70);
    }
  });

  it('gives the same samples however the input is cut', () => {
    const input = sine(997, 44_100, 9_000);
    const whole = resample(input, 44_100, 16_000, [9_000]);
    for (const blocks of [[1], [127, 129, 3], [128], [441, 1_000]]) {
      expect(resample(input, 44_100, 16_000, blocks)).toEqual(whole);
    }
  });

  it('counts exactly over an hour of odd block sizes', () => {
    const resampler = new Resampler({ inputRate: 11_025, outputRate: 8_000 });
    const input = new Float32Array(4_001);
    const output = new Float32Array(resampler.maxOutput(input.length));
    let taken = 0;
    let made = 0;
    for (let turn = 0; taken < 11_025 * 3_600; turn++) {
      const length = 1 + ((turn * 2_147) % 4_001);
      made += resampler.process(input.subarray(0, length), output);
      taken += length;
      if (made !== Math.ceil((taken * 8_000) / 11_025)) expect.unreachable(`${made} samples of ${taken}`);
    }
  }, 60_000);

  it('passes samples untouched when the rates are equal', () => {
    const input = sine(440, 16_000, 1_000);
    expect(resample(input, 16_000, 16_000, [128, 7])).toEqual(input);
  });

  it('delays by what it says', () => {
    const input = new Float32Array(2_000);
    input[1_000] = 1;
    const resampler = new Resampler({ inputRate: 48_000, outputRate: 16_000 });
    const output = resample(input, 48_000, 16_000);
    const peak = output.indexOf(Math.max(...output));
    expect(Math.abs(peak - (1_000 + resampler.delay) / 3)).toBeLessThanOrEqual(1);
  });

  it('pulls exactly as many outputs as asked, from exactly the input it names', () => {
    for (const [inputRate, outputRate] of [
      [24_000, 48_000],
      [24_000, 44_100],
      [16_000, 44_100],
      [24_000, 16_000],
      [16_000, 16_000],
    ] as const) {
      const input = sine(440, inputRate, inputRate);
      const pushed = resample(input, inputRate, outputRate, [input.length]);
      const resampler = new Resampler({ inputRate, outputRate });
      const quantum = new Float32Array(128);
      const pulled: number[] = [];
      let at = 0;
      for (let turn = 0; turn < 100; turn++) {
        const needed = resampler.inputNeeded(128);
        expect(resampler.pull(input.subarray(at, at + needed), needed, quantum, 128)).toBe(128);
        at += needed;
        pulled.push(...quantum);
        expect(resampler.inputNeeded(0)).toBe(0);
      }
      expect(Float32Array.from(pulled)).toEqual(pushed.subarray(0, pulled.length));
    }
  });

  it('pulls fewer outputs when the input does not suffice, and goes on without a seam', () => {
    const input = sine(440, 24_000, 400);
    const resampler = new Resampler({ inputRate: 24_000, outputRate: 48_000 });
    const first = new Float32Array(128);
    const second = new Float32Array(128);
    expect(resampler.pull(input, 20, first, 128)).toBe(40);
    expect(resampler.pull(input.subarray(20), 64, second, 128)).toBe(128);
    const whole = resample(input, 24_000, 48_000);
    expect(Float32Array.from([...first.subarray(0, 40), ...second])).toEqual(whole.subarray(0, 168));
  });

  it('begins anew after a reset', () => {
    const resampler = new Resampler({ inputRate: 44_100, outputRate: 16_000 });
    const output = new Float32Array(resampler.maxOutput(1_000));
    resampler.process(sine(440, 44_100, 1_000), output);
    resampler.reset();
    const count = resampler.process(sine(997, 44_100, 1_000), output);
    expect(output.subarray(0, count)).toEqual(resample(sine(997, 44_100, 1_000), 44_100, 16_000));
  });

  it.each([0, 7_999, 192_001, 44_100.5, Number.NaN])('refuses the rate %d and says which are taken', (rate) => {
    expect(() => new Resampler({ inputRate: rate, outputRate: 16_000 })).toThrow(/inputRate is .*8000 to 192000/);
    expect(() => new Resampler({ inputRate: 16_000, outputRate: rate })).toThrow(/outputRate is/);
  });
});
