import { GeminiCloseReason } from '../close-reasons.ts';
import type { Setup } from '../messages.ts';
import type { ModelProfile } from '../profiles/model-profile.ts';
import { checkGenerationConfig } from './check-generation-config.ts';
import { checkSessionConfig } from './check-session-config.ts';
import { checkSpeech } from './check-speech.ts';
import { checkTools } from './check-tools.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

/** What a check of a setup needs to know. */
export interface CheckSetupOptions {
  /**
   * Part of the URL, quoted when the model is not found.
   * @defaultValue `'v1beta'`
   */
  readonly apiVersion?: string;
  /**
   * Lets a model pass that no profile names, and then checks only what holds for all: for clients of the real service,
   * which may have newer models.
   * @defaultValue `false`
   */
  readonly allowUnknownModel?: boolean;
}

/**
 * The first reason for which the service refuses a setup that is valid in form; `null` when there is none. The order is
 * the service's: model, modalities, voice, language, features. The setup must be in canonical form, as
 * `validateClientMessage` gives it.
 */
export function checkSetup(setup: Setup, profile: ModelProfile, options: CheckSetupOptions = {}): WireProblem | null {
  const { apiVersion = 'v1beta', allowUnknownModel = false } = options;
  return firstProblem([
    () => checkModel(setup, profile, apiVersion, allowUnknownModel),
    () => checkModalities(setup, profile),
    () => checkSpeech(setup, profile),
    () => checkGenerationConfig(setup, profile),
    () => checkSessionConfig(setup, profile),
    () => checkTools(setup.tools ?? [], profile),
  ]);
}

function checkModel(
  setup: Setup,
  profile: ModelProfile,
  apiVersion: string,
  allowUnknownModel: boolean,
): WireProblem | null {
  const { model = '' } = setup;
  const path = 'setup.model';
  if (model === '') return invalidArgument(path, 'Name a model, such as "models/gemini-3.8-live".');
  const isRetired = profile.status === 'retired';
  if (!isRetired && (profile.known || allowUnknownModel)) return null;
  const current = profile.backend === 'vertex' ? 'gemini-live-2.5-flash-native-audio' : 'gemini-3.8-live';
  return {
    closeCode: 1008,
    reason:
      profile.backend === 'vertex'
        ? GeminiCloseReason.publisherModelNotFound(model)
        : GeminiCloseReason.modelNotFound(model, apiVersion),
    path,
    remedy: `${profile.id} ${isRetired ? 'was shut down' : 'is no Live model of this backend'}; use ${current}.`,
  };
}

function checkModalities(setup: Setup, profile: ModelProfile): WireProblem | null {
  const modalities = setup.generationConfig?.responseModalities ?? [];
  const path = 'setup.generationConfig.responseModalities';
  if (modalities.length > 1) {
    return {
      closeCode: 1007,
      reason: GeminiCloseReason.oneModality,
      path,
      remedy: `Name one modality, such as ["${profile.responseModalities[0]}"].`,
    };
  }
  const modality = modalities[0] ?? profile.defaultModality;
  if (!profile.known || profile.responseModalities.includes(modality)) return null;
  return {
    closeCode: 1007,
    reason: GeminiCloseReason.modalitiesUnsupported([modality]),
    path,
    remedy: `Set it to ["${profile.responseModalities[0]}"]; ${profile.id} cannot answer with ${modality}.`,
  };
}
