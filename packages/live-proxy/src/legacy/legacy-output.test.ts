import type { ServerContent } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { LegacyOutput } from './legacy-output.ts';

const sound = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AAAA' + 'AAAA' } };

function say(output: LegacyOutput, serverContent: ServerContent): unknown[] {
  return output.frames({ serverContent }).map((frame) => ('serverContent' in frame ? frame.serverContent : frame));
}

it('takes a bundled message apart, one thing a frame', () => {
  const output = new LegacyOutput();
  const bundled = {
    inputTranscription: { text: 'What time?' },
    modelTurn: { role: 'model', parts: [sound, { text: 'Noon.' }] },
    outputTranscription: { text: 'Noon.' },
    turnComplete: true,
  };
  expect(say(output, bundled)).toEqual([
    { inputTranscription: { text: 'What time?', finished: false } },
    { inputTranscription: { text: '', finished: true } },
    { modelTurn: { role: 'model', parts: [sound] } },
    { modelTurn: { role: 'model', parts: [{ text: 'Noon.' }] } },
    { outputTranscription: { text: 'Noon.', finished: false } },
    { outputTranscription: { text: '', finished: true } },
    { turnComplete: true },
  ]);
});

it('closes a bubble only when one is open', () => {
  const output = new LegacyOutput();
  expect(say(output, { turnComplete: true })).toEqual([{ turnComplete: true }]);
  say(output, { outputTranscription: { text: 'Well', finished: true } });
  expect(say(output, { interrupted: true })).toEqual([{ interrupted: true }]);
  expect(say(output, { outputTranscription: { text: '', finished: true } })).toEqual([]);
});

it('keeps back sound of an odd number of bytes, on which that front end throws', () => {
  const odd = { inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } };
  expect(say(new LegacyOutput(), { modelTurn: { parts: [odd] } })).toEqual([]);
});

it('says nothing of what that front end does not know', () => {
  const output = new LegacyOutput();
  for (const message of [{ goAway: { timeLeft: '3s' } }, { usageMetadata: {} }, { sessionResumptionUpdate: {} }]) {
    expect(output.frames(message)).toEqual([]);
  }
  expect(output.frames({ setupComplete: { sessionId: 'x' } })).toEqual([{ setupComplete: {} }]);
});
