import { EspeakVoice } from './espeak-voice.ts';
import { SyntheticVoice } from './synthetic-voice.ts';
import type { Voice } from './voice.ts';

/** Voices that can be asked for by name; `auto` is `espeak-ng` where it is installed, else `synthetic`. */
export const VOICE_CHOICES = ['synthetic', 'espeak-ng', 'auto'] as const;

/** One of {@link VOICE_CHOICES}. */
export type VoiceChoice = (typeof VOICE_CHOICES)[number];

/**
 * The voice behind a choice; says one word to find out whether it can.
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_VOICE` when `espeak-ng` was asked for and cannot speak.
 */
export async function chooseVoice(choice: VoiceChoice, options: { readonly seed: number }): Promise<Voice> {
  if (choice === 'synthetic') return new SyntheticVoice(options);
  const espeak = new EspeakVoice();
  try {
    await espeak.synthesize({ text: 'ready', voiceName: null });
    return espeak;
  } catch (error) {
    if (choice === 'espeak-ng') throw error;
    return new SyntheticVoice(options);
  }
}
