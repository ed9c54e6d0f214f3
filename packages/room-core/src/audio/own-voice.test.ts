import { expect, it } from 'vitest';
import { HISTORY, Spectrum } from './likeness.ts';
import { OwnVoice } from './own-voice.ts';
import { KEPT_RATE, PlayedAnswer } from './played-answer.ts';

const NOW_MS = 5_000;
const frame = { sending: true, speaking: true };

/** Something that is like itself only. */
function noise(seed: number, length: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state / 2 ** 30 - 1) * 8_000;
  });
}

function setUp() {
  const said = noise(1, 6 * KEPT_RATE);
  const answer = new PlayedAnswer();
  answer.push(
    new Uint8Array(Int16Array.from({ length: 12 * said.length }, (_, at) => said[Math.floor(at / 12)] ?? 0).buffer),
    0,
  );
  const ownVoice = new OwnVoice(answer);
  const heard = new Float64Array(HISTORY);
  answer.read(heard, NOW_MS, 300);
  const spectrumOf = (samples: Float64Array) => {
    const spectrum = new Spectrum();
    spectrum.update(samples);
    return spectrum;
  };
  return { ownVoice, model: spectrumOf(heard), person: spectrumOf(noise(2, HISTORY)) };
}

/** Silent under the model for two seconds. */
function keepsCalm(ownVoice: OwnVoice, key: object): void {
  for (let count = 0; count < 100; count += 1) ownVoice.suspects(key, { sending: true, speaking: false }, false);
}

it('BARGE4 takes a microphone that was not quiet under the model for it at the first likeness', () => {
  const { ownVoice, model } = setUp();
  const key = {};
  expect(ownVoice.suspects(key, frame, false)).toBe('maybeModel');
  expect(ownVoice.compare(key, model, NOW_MS)).toBe('model');
  expect(ownVoice.suspects(key, frame, false)).toBe('model');
});

it('BARGE4 takes one that was quiet under the model for it at the second likeness in a row only', () => {
  const { ownVoice, model, person } = setUp();
  const key = {};
  keepsCalm(ownVoice, key);
  expect(ownVoice.suspects(key, frame, false)).toBeNull();
  expect(ownVoice.compare(key, model, NOW_MS)).toBeNull();
  expect(ownVoice.suspects(key, frame, false)).toBeNull();
  expect(ownVoice.compare(key, person, NOW_MS)).toBeNull();
  expect(ownVoice.compare(key, model, NOW_MS)).toBeNull();
  expect(ownVoice.compare(key, model, NOW_MS)).toBe('model');
});

it('BARGE4 takes one whose speech was its own before for the model at the second likeness in a row only', () => {
  const { ownVoice, model, person } = setUp();
  const key = {};
  ownVoice.suspects(key, frame, false);
  expect(ownVoice.compare(key, person, NOW_MS)).toBeNull();
  expect(ownVoice.compare(key, model, NOW_MS)).toBeNull();
  expect(ownVoice.compare(key, model, NOW_MS)).toBe('model');
});
