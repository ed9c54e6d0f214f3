import { GeminiCloseReason } from '../close-reasons.ts';
import type { Setup } from '../messages.ts';
import type { ModelProfile } from '../profiles/model-profile.ts';
import { unknownName } from '../schema/violation.ts';
import { checkGenerationConfig } from './check-generation-config.ts';
import { checkSessionConfig } from './check-session-config.ts';
import { checkSpeech } from './check-speech.ts';
import { checkTools } from './check-tools.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

/** What a check of a setup needs to know. */
export interface CheckSetupOptions {
  /**
   * Part of the URL: quoted when the model is not found, and fields that this version does not have are refused.
   * @defaultValue none: `'v1beta'` is quoted, and fields of every version are taken
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
 * the service's: model, fields of the API version, modalities, voice, language, features. The setup must be in canonical form, as
 * `validateClientMessage` gives it.
 */
export function checkSetup(setup: Setup, profile: ModelProfile, options: CheckSetupOptions = {}): WireProblem | null {
  const { apiVersion, allowUnknownModel = false } = options;
  return firstProblem([
    () => checkModel(setup, profile, apiVersion ?? 'v1beta', allowUnknownModel),
    () => (apiVersion === undefined ? null : checkVersion(setup, profile, apiVersion)),
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

function checkVersion(setup: Setup, profile: ModelProfile, apiVersion: string): WireProblem | null {
  const { proactivityVersions: versions } = profile.supports;
  if (setup.proactivity === undefined || !profile.known) return null;
  if (versions === 'any' || versions.includes(apiVersion)) return null;
  const remedy =
    versions.length === 0
      ? `Leave it out: no version of the API has it for ${profile.id}.`
      : `Leave it out, or connect to ${versions.join(' or ')}: ${apiVersion} does not have it for ${profile.id}.`;
  return unknownName('setup', 'proactivity', remedy).violation;
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
