import { GeminiCloseReason } from '../close-reasons.ts';
import type { Modality, Setup, SpeechConfig } from '../messages.ts';
import type { ModelProfile } from '../profiles/model-profile.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

const PATH = 'setup.generationConfig.speechConfig';

/** Voice and language. */
export function checkSpeech(setup: Setup, profile: ModelProfile): WireProblem | null {
  const speech = setup.generationConfig?.speechConfig;
  if (speech === undefined) return null;
  const modality = setup.generationConfig?.responseModalities?.[0] ?? profile.defaultModality;
  return firstProblem([
    () => checkVoiceAtAll(speech, modality, profile),
    () => checkVoice(speech, setup.model ?? '', profile),
    () => checkLanguage(speech, setup.model ?? '', profile),
  ]);
}

function checkVoiceAtAll(speech: SpeechConfig, modality: Modality, profile: ModelProfile): WireProblem | null {
  if (speech.multiSpeakerVoiceConfig !== undefined) {
    const remedy = 'Leave it out: several speakers are for text to speech, a Live model has one voice.';
    return invalidArgument(`${PATH}.multiSpeakerVoiceConfig`, remedy);
  }
  const speaks = modality === 'AUDIO' || modality === 'VIDEO';
  if (speaks && (profile.supports.speechConfig || !profile.known)) return null;
  return {
    closeCode: 1007,
    reason: GeminiCloseReason.voiceWithoutAudio,
    path: PATH,
    remedy: profile.supports.speechConfig
      ? 'Set generationConfig.responseModalities to ["AUDIO"], or leave speechConfig out.'
      : `Leave speechConfig out: ${profile.id} does not speak.`,
  };
}

function checkVoice(speech: SpeechConfig, model: string, profile: ModelProfile): WireProblem | null {
  const voice = speech.voiceConfig?.prebuiltVoiceConfig?.voiceName;
  if (!profile.known || voice === undefined || voice === '') return null;
  const wanted = voice.toLowerCase();
  if (profile.supports.voices.some((name) => name.toLowerCase() === wanted)) return null;
  return {
    closeCode: 1007,
    reason: GeminiCloseReason.voiceUnavailable(voice, model),
    path: `${PATH}.voiceConfig.prebuiltVoiceConfig.voiceName`,
    remedy: `Choose one of ${profile.supports.voices.join(', ')}.`,
  };
}

function checkLanguage(speech: SpeechConfig, model: string, profile: ModelProfile): WireProblem | null {
  const { languageCode = '' } = speech;
  const { languageCodes } = profile.supports;
  if (!profile.known || languageCode === '' || languageCodes === 'any' || languageCodes.includes(languageCode)) {
    return null;
  }
  return {
    closeCode: 1007,
    reason: GeminiCloseReason.languageUnsupported(languageCode, model),
    path: `${PATH}.languageCode`,
    remedy: `Leave it out, as the model follows the language it hears, or choose one of ${languageCodes.join(', ')}.`,
  };
}
