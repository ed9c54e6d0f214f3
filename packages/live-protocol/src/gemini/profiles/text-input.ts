import { modelId } from './model-id.ts';
import type { ModelProfile } from './model-profile.ts';

/**
 * The same as `modelProfile(model).textInput`, without everything else that a profile tells: for browsers, which have to
 * load it.
 */
export function textInputOf(model: string): ModelProfile['textInput'] {
  return /\b3\.1\b/.test(modelId(model)) ? 'realtimeInput' : 'clientContent';
}
