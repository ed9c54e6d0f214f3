import { describe, expect, it } from 'vitest';
import { checkRealtimeInput, type RealtimeInput, type Setup } from '../src/index.ts';
import { example, examples } from './fixtures.ts';

const automatic: Setup = { model: 'models/gemini-3.8-live' };
const manual: Setup = {
  model: 'models/gemini-3.8-live',
  realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
};

function inputOf(name: string): RealtimeInput {
  return example(name).realtimeInput as RealtimeInput;
}

describe('checkRealtimeInput', () => {
  it('refuses activity markers while the service listens for activity itself', () => {
    const problem = checkRealtimeInput(inputOf('invalid.activityStartWithAutoVad'), automatic);
    expect(problem).toMatchObject({
      closeCode: 1007,
      reason: 'Explicit activity control is not supported when automatic activity detection is enabled.',
      path: 'realtimeInput.activityStart',
    });
    expect(checkRealtimeInput({ activityEnd: {} }, automatic)?.path).toBe('realtimeInput.activityEnd');
  });

  it.each([{}, { disabled: false }])('takes %j as listening', (automaticActivityDetection) => {
    const setup = { ...automatic, realtimeInputConfig: { automaticActivityDetection } };
    expect(checkRealtimeInput({ activityStart: {} }, setup)?.path).toBe('realtimeInput.activityStart');
  });

  it('takes activity markers where automatic detection is disabled', () => {
    expect(checkRealtimeInput(inputOf('realtimeInput.activityStart'), manual)).toBeNull();
    expect(checkRealtimeInput(inputOf('realtimeInput.activityEnd'), manual)).toBeNull();
  });

  it('refuses half a sample', () => {
    expect(checkRealtimeInput(inputOf('invalid.audioOddBytes'), automatic)).toMatchObject({
      closeCode: 1007,
      reason:
        'error when processing input audio, please check if the inputaudio is in valid format: 16khz s16le pcm, mono channel',
      path: 'realtimeInput.audio.data',
    });
  });

  it.each(['', 'text/plain', 'video/mp4', 'audio/webm', 'audio/wav', 'audio/opus', 'audio/pcm;rate=0'])(
    'refuses audio that says it is %j, and blames the type whatever its length is',
    (mimeType) => {
      for (const data of ['AAA=', 'AAAB']) {
        expect(checkRealtimeInput({ audio: { mimeType, data } }, automatic)).toMatchObject({
          closeCode: 1007,
          path: 'realtimeInput.audio.mimeType',
          remedy: `Send raw PCM16 as "audio/pcm;rate=16000" instead of ${JSON.stringify(mimeType)}.`,
        });
      }
    },
  );

  it('blames the length of audio that says it is PCM', () => {
    const problem = checkRealtimeInput({ audio: { mimeType: 'audio/pcm', data: 'AAAB' } }, automatic);
    expect(problem?.remedy).toBe('Cut audio between samples: PCM16 has an even number of bytes, this piece has 3.');
  });

  it('refuses a picture that says it is something else', () => {
    const video = { mimeType: 'application/pdf', data: 'AAA=' };
    expect(checkRealtimeInput({ video }, automatic)).toMatchObject({ path: 'realtimeInput.video.mimeType' });
  });

  it('refuses media chunks from 3.1 on, and takes them before', () => {
    const chunks = inputOf('realtimeInput.mediaChunksDeprecated');
    expect(checkRealtimeInput(chunks, { model: 'models/gemini-3.1-flash-live-preview' })).toMatchObject({
      closeCode: 1007,
      reason: 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
    });
    expect(checkRealtimeInput(chunks, { model: 'models/gemini-2.5-flash-native-audio-latest' })).toBeNull();
  });

  it('looks into media chunks where they are taken', () => {
    const odd = { mediaChunks: [{ mimeType: 'audio/pcm;rate=16000', data: 'AAAB' }] };
    expect(checkRealtimeInput(odd, { model: 'models/gemini-2.5-flash-native-audio-latest' })?.path).toBe(
      'realtimeInput.mediaChunks[0].data',
    );
    const neither = { mediaChunks: [{ mimeType: 'text/plain', data: 'AAA=' }] };
    expect(checkRealtimeInput(neither, { model: 'models/gemini-2.5-flash-native-audio-latest' })?.path).toBe(
      'realtimeInput.mediaChunks[0].mimeType',
    );
  });

  it('finds nothing wrong with the other examples', () => {
    const names = examples.map(({ name }) => name).filter((name) => /^realtimeInput\.(audio|video|text)/.test(name));
    const plain = names.filter((name) => !name.includes('Snake'));
    expect(plain.length).toBeGreaterThanOrEqual(4);
    for (const name of plain) expect(checkRealtimeInput(inputOf(name), automatic), name).toBeNull();
  });
});
