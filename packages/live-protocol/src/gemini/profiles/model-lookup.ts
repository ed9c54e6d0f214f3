import type { Backend } from '../backend.ts';
import { modelId } from './model-id.ts';
import type { ModelFamily, ModelProfile } from './model-profile.ts';
import { familyModelProfile, MODEL_PROFILES } from './models.ts';

/**
 * The profile of a model, by any of its resource names or its bare id. A name tells the backend where none is given; a
 * bare id takes the first backend that has it. A model that this backend does not have gets the traits of the family
 * that its name suggests, and `known: false`.
 */
export function modelProfile(model: string, backend?: Backend): ModelProfile {
  const id = modelId(model);
  const wanted = backend ?? backendOf(model);
  const profiles = MODEL_PROFILES.filter((profile) => profile.id === id);
  const found = profiles.find((profile) => wanted === null || profile.backend === wanted);
  if (found !== undefined) return found;
  const [elsewhere] = profiles;
  // What is shut down is shut down everywhere.
  if (elsewhere?.status === 'retired') return { ...elsewhere, backend: wanted ?? elsewhere.backend };
  return familyModelProfile(familyOf(id, wanted ?? 'gemini'), wanted ?? 'gemini', id);
}

/** The newest model of a family, on one backend where it matters. */
export function familyProfile(family: ModelFamily, backend?: Backend): ModelProfile {
  const found = MODEL_PROFILES.find(
    (profile) => profile.family === family && (backend === undefined || profile.backend === backend),
  );
  return found ?? familyModelProfile(family, backend ?? 'gemini', `gemini-${family}`);
}

function backendOf(model: string): Backend | null {
  if (/^(projects|publishers)\//.test(model)) return 'vertex';
  return /^(models|tunedModels)\//.test(model) ? 'gemini' : null;
}

function familyOf(id: string, backend: Backend): ModelFamily {
  if (/\b2\.[05]\b/.test(id)) return backend === 'vertex' && !id.includes('native') ? 'vertex-2.5-flash' : '2.5-native';
  if (/\b3\.1\b/.test(id)) return '3.1';
  return id.includes('extended-thinking') ? '3.8-et' : '3.8';
}
