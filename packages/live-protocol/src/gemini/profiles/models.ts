import type { Backend } from '../backend.ts';
import { familyTraits } from './family-traits.ts';
import type { ModelFamily, ModelFeatures, ModelLifecycle, ModelProfile } from './model-profile.ts';

/** Every Live model that is or was, the newest of each family and backend first. */
export const MODEL_PROFILES: readonly ModelProfile[] = /* @__PURE__ */ buildProfiles();

/** A profile of a model that only its family is known of. */
export function familyModelProfile(family: ModelFamily, backend: Backend, id: string): ModelProfile {
  return { ...familyTraits(family, backend), id, family, backend, known: false, status: 'unknown' };
}

function buildProfiles(): readonly ModelProfile[] {
  return [
    model('gemini-3.8-live', '3.8', 'gemini', 'stable'),
    model('gemini-3.8-live', '3.8', 'vertex', 'limited'),
    model('gemini-3.8-live-extended-thinking', '3.8-et', 'gemini', 'stable'),
    model('gemini-3.1-flash-live-preview', '3.1', 'gemini', 'preview'),
    model('gemini-live-2.5-flash-native-audio', '2.5-native', 'vertex', 'stable'),
    model('gemini-live-2.5-flash', 'vertex-2.5-flash', 'vertex', 'limited'),
    model('gemini-2.5-flash-native-audio-preview-12-2025', '2.5-native', 'gemini', 'deprecated'),
    model('gemini-2.5-flash-native-audio-preview-09-2025', '2.5-native', 'gemini', 'deprecated'),
    model('gemini-2.5-flash-native-audio-latest', '2.5-native', 'gemini', 'deprecated'),
    withFeatures(model('gemini-3.5-live-translate-preview', '3.8', 'gemini', 'preview'), {
      translation: true,
      systemInstruction: false,
      googleSearch: false,
    }),
    textModel('gemini-3.5-transcribe-live'),
    textModel('gemini-robotics-er-2-streaming-preview'),
    model('gemini-live-2.5-flash-preview', '2.5-native', 'gemini', 'retired'),
    model('gemini-2.0-flash-live-001', '2.5-native', 'gemini', 'retired'),
    model('gemini-2.0-flash-exp', '2.5-native', 'gemini', 'retired'),
    model('gemini-live-2.5-flash-preview-native-audio-09-2025', '2.5-native', 'vertex', 'retired'),
  ];
}

function model(id: string, family: ModelFamily, backend: Backend, status: ModelLifecycle): ModelProfile {
  return { ...familyTraits(family, backend), id, family, backend, known: true, status };
}

/** A model that does without functions, and with less or more besides. */
function withFeatures(profile: ModelProfile, features: Partial<ModelFeatures>): ModelProfile {
  return { ...profile, supports: { ...profile.supports, ...features }, toolBehaviors: [] };
}

/** A preview that listens and writes. */
function textModel(id: string): ModelProfile {
  const profile = model(id, '3.8', 'gemini', 'preview');
  return {
    ...profile,
    responseModalities: ['TEXT'],
    defaultModality: 'TEXT',
    supports: { ...profile.supports, speechConfig: false },
  };
}
