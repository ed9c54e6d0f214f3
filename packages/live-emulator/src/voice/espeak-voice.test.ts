import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { levelDbfs } from '../audio/pcm16.ts';
import { chooseVoice } from './choose-voice.ts';
import { EspeakVoice } from './espeak-voice.ts';
import { SyntheticVoice } from './synthetic-voice.ts';
import { VOICE_RATE } from './voice.ts';

const isInstalled = spawnSync('espeak-ng', ['--version']).status === 0;

describe('EspeakVoice', () => {
  it.skipIf(!isInstalled)('says a sentence at 24 kHz (skipped where espeak-ng is not installed)', async () => {
    const voice = new EspeakVoice();
    const samples = await voice.synthesize({ text: 'The library stays open in the evening.', voiceName: 'Puck' });
    expect(samples.length / VOICE_RATE).toBeGreaterThan(1.2);
    expect(samples.length / VOICE_RATE).toBeLessThan(4);
    expect(levelDbfs(samples)).toBeGreaterThan(-30);
    expect(await voice.synthesize({ text: '...', voiceName: null })).toHaveLength(0);
  });

  it.skipIf(!isInstalled)('takes a text for a text, whatever it looks like (skipped without espeak-ng)', async () => {
    const samples = await new EspeakVoice().synthesize({ text: '--version', voiceName: null });
    expect(samples.length).toBeGreaterThan(VOICE_RATE / 4);
  });

  it('says what to install when the program is missing', async () => {
    const voice = new EspeakVoice({ command: 'no-such-voice-program' });
    await expect(voice.synthesize({ text: 'Hello', voiceName: null })).rejects.toMatchObject({
      code: 'ERR_EMULATOR_VOICE',
      message: expect.stringContaining('"no-such-voice-program" is not installed. Install it'),
    });
  });

  it('says so when the program fails', async () => {
    const voice = new EspeakVoice({ command: 'false' });
    await expect(voice.synthesize({ text: 'Hello', voiceName: null })).rejects.toMatchObject({
      code: 'ERR_EMULATOR_VOICE',
    });
  });
});

describe('choosing a voice', () => {
  it('by name gives that one; auto takes what is there', async () => {
    expect(await chooseVoice('synthetic', { seed: 1 })).toBeInstanceOf(SyntheticVoice);
    expect(await chooseVoice('auto', { seed: 1 })).toBeInstanceOf(isInstalled ? EspeakVoice : SyntheticVoice);
  });
});
