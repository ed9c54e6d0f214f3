import { expect, it } from 'vitest';
import { parseAudioMimeType } from './audio-mime-type.ts';

it.each([
  ['audio/pcm;rate=16000', 16_000],
  ['audio/pcm;rate=24000', 24_000],
  ['Audio/PCM; Rate=48000', 48_000],
  ['audio/pcm; channels=1; rate="44100"', 44_100],
  ['audio/l16;rate=8000', 8_000],
  ['audio/pcm', null],
  ['audio/pcm;channels=1', null],
])('%s is raw audio at %s', (mimeType, sampleRate) => {
  expect(parseAudioMimeType(mimeType)).toEqual({ sampleRate });
});

it.each([
  '',
  'audio/wav',
  'audio/pcmu',
  'image/jpeg',
  'audio/pcm;rate=',
  'audio/pcm;rate=-1',
  'audio/pcm;rate=1e9',
  'x-audio/pcm',
])('%j is not', (mimeType) => {
  expect(parseAudioMimeType(mimeType)).toBeNull();
});
