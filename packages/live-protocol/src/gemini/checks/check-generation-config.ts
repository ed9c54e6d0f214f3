import { GeminiCloseReason } from '../close-reasons.ts';
import type { GenerationConfig, Setup } from '../messages.ts';
import type { ModelProfile } from '../profiles/model-profile.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

const PATH = 'setup.generationConfig';

/** Fields that exist in the shared type and that Live refuses. */
const NOT_IN_LIVE = [
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseSchema',
  'stopSequences',
  'routingConfig',
  'audioTimestamp',
] as const;

/** Everything of the generation config but modalities, voice and language. */
export function checkGenerationConfig(setup: Setup, profile: ModelProfile): WireProblem | null {
  const config = setup.generationConfig;
  if (config === undefined) return null;
  return firstProblem([
    () => checkUnsupported(config),
    () => checkRanges(config),
    () => (profile.known ? checkAffectiveDialog(config, profile) : null),
    () => (profile.known ? checkThinking(config, profile) : null),
    () => (profile.known ? checkTranslation(config, profile) : null),
  ]);
}

function checkUnsupported(config: GenerationConfig): WireProblem | null {
  const name = NOT_IN_LIVE.find((field) => config[field] !== undefined);
  return name === undefined ? null : invalidArgument(`${PATH}.${name}`, `Leave it out: Live does not take ${name}.`);
}

function checkRanges(config: GenerationConfig): WireProblem | null {
  const { temperature } = config;
  // Documented as above 0, but 0 is what everyone writes for "no chance", and nobody reports a refusal.
  if (temperature === undefined || (temperature >= 0 && temperature <= 2)) return null;
  return invalidArgument(`${PATH}.temperature`, `Choose a temperature from 0 to 2 instead of ${temperature}.`);
}

function checkAffectiveDialog(config: GenerationConfig, profile: ModelProfile): WireProblem | null {
  if (config.enableAffectiveDialog !== true || profile.supports.affectiveDialog) return null;
  const path = `${PATH}.enableAffectiveDialog`;
  const remedy = `Leave it out: ${profile.id} has no affective dialog.`;
  if (profile.family !== '3.1') return invalidArgument(path, remedy);
  return { closeCode: 1011, reason: GeminiCloseReason.internal, path, remedy };
}

function checkThinking(config: GenerationConfig, profile: ModelProfile): WireProblem | null {
  const { thinkingConfig } = config;
  if (thinkingConfig === undefined) return null;
  const path = `${PATH}.thinkingConfig`;
  const { thinkingBudget, thinkingLevels } = profile.supports;
  if (!thinkingBudget && thinkingLevels.length === 0) {
    return invalidArgument(path, `Leave it out: how much ${profile.id} thinks cannot be set.`);
  }
  const level = thinkingConfig.thinkingLevel ?? 'THINKING_LEVEL_UNSPECIFIED';
  if (level === 'THINKING_LEVEL_UNSPECIFIED' || thinkingLevels.length === 0 || thinkingLevels.includes(level))
    return null;
  return invalidArgument(`${path}.thinkingLevel`, `Choose one of ${thinkingLevels.join(', ')} instead of ${level}.`);
}

function checkTranslation(config: GenerationConfig, profile: ModelProfile): WireProblem | null {
  if (config.translationConfig === undefined || profile.supports.translation) return null;
  const remedy = 'Leave it out, or use gemini-3.5-live-translate-preview.';
  return invalidArgument(`${PATH}.translationConfig`, remedy);
}
