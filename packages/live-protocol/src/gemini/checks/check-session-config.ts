import type { AudioTranscriptionConfig, ContextWindowCompressionConfig, Setup } from '../messages.ts';
import type { ModelProfile } from '../profiles/model-profile.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

/** What a setup says beside the generation config and tools. */
export function checkSessionConfig(setup: Setup, profile: ModelProfile): WireProblem | null {
  return firstProblem([
    () => checkSystemInstruction(setup, profile),
    () => checkProactivity(setup, profile),
    () => checkTurnCoverage(setup, profile),
    () => checkAvatar(setup, profile),
    () => checkCompression(setup.contextWindowCompression ?? {}, profile),
    () => checkTranscription('setup.inputAudioTranscription', setup.inputAudioTranscription ?? {}),
    () => checkTranscription('setup.outputAudioTranscription', setup.outputAudioTranscription ?? {}),
    () => checkLabels(setup.labels ?? {}),
  ]);
}

function checkSystemInstruction(setup: Setup, profile: ModelProfile): WireProblem | null {
  if (setup.systemInstruction === undefined) return null;
  const path = 'setup.systemInstruction';
  if (profile.known && !profile.supports.systemInstruction) {
    return invalidArgument(path, `Leave it out: ${profile.id} takes no system instruction.`);
  }
  const index = setup.systemInstruction.parts?.findIndex((part) => part.text === undefined) ?? -1;
  if (index === -1) return null;
  return invalidArgument(`${path}.parts[${index}]`, 'Give a system instruction as text parts only.');
}

function checkProactivity(setup: Setup, profile: ModelProfile): WireProblem | null {
  const { proactivity } = setup;
  if (proactivity === undefined || !profile.known) return null;
  const { proactiveAudio } = profile.supports;
  const path = 'setup.proactivity';
  if (proactiveAudio === 'never' && (proactivity.proactiveAudio === true || proactivity.proactiveVideo === true)) {
    return invalidArgument(path, `Leave it out: ${profile.id} is never proactive.`);
  }
  if (proactiveAudio === 'always' && proactivity.proactiveAudio === false) {
    return invalidArgument(`${path}.proactiveAudio`, `Leave it out: ${profile.id} is always proactive.`);
  }
  if (proactivity.proactiveVideo === true && proactivity.proactiveAudio !== true) {
    return invalidArgument(`${path}.proactiveVideo`, 'Set proactiveAudio to true as well: proactive video needs it.');
  }
  return null;
}

function checkTurnCoverage(setup: Setup, profile: ModelProfile): WireProblem | null {
  const coverage = setup.realtimeInputConfig?.turnCoverage ?? 'TURN_COVERAGE_UNSPECIFIED';
  const { turnCoverages } = profile.supports;
  if (!profile.known || coverage === 'TURN_COVERAGE_UNSPECIFIED' || turnCoverages.includes(coverage)) return null;
  const remedy = `Choose one of ${turnCoverages.join(', ')} instead of ${coverage}.`;
  return invalidArgument('setup.realtimeInputConfig.turnCoverage', remedy);
}

function checkAvatar(setup: Setup, profile: ModelProfile): WireProblem | null {
  if (setup.avatarConfig === undefined || !profile.known || profile.supports.avatar) return null;
  return invalidArgument('setup.avatarConfig', 'Leave it out, or use gemini-3.8-live on Vertex.');
}

function checkCompression(config: ContextWindowCompressionConfig, profile: ModelProfile): WireProblem | null {
  const path = 'setup.contextWindowCompression';
  const trigger = config.triggerTokens === undefined ? null : Number(config.triggerTokens);
  const target = config.slidingWindow?.targetTokens === undefined ? null : Number(config.slidingWindow.targetTokens);
  if (trigger !== null && !isIn(trigger, profile.backend === 'vertex' ? 5_000 : 1, 128_000, profile)) {
    return invalidArgument(`${path}.triggerTokens`, `Choose from 5000 to 128000 tokens instead of ${trigger}.`);
  }
  if (target !== null && (target < 0 || (trigger !== null && target >= trigger))) {
    const remedy = `Choose from 0 to less than triggerTokens instead of ${target}.`;
    return invalidArgument(`${path}.slidingWindow.targetTokens`, remedy);
  }
  return null;
}

/** The upper bound is documented for Vertex; elsewhere the model's window is the bound. */
function isIn(tokens: number, least: number, most: number, profile: ModelProfile): boolean {
  return tokens >= least && tokens <= (profile.backend === 'vertex' ? most : profile.limits.contextTokens);
}

function checkTranscription(path: string, config: AudioTranscriptionConfig): WireProblem | null {
  if (config.mode !== 'SMART' || (config.wordTimestamp !== true && config.diarization !== true)) return null;
  return invalidArgument(`${path}.mode`, 'Choose VERBATIM: SMART excludes wordTimestamp and diarization.');
}

function checkLabels(labels: Readonly<Record<string, string>>): WireProblem | null {
  for (const [key, value] of Object.entries(labels)) {
    if (/^[a-z][a-z0-9_-]{0,62}$/.test(key) && /^[a-z0-9_-]{0,63}$/.test(value)) continue;
    const remedy = 'Use at most 63 lower-case letters, digits, "_" and "-", and begin the key with a letter.';
    return invalidArgument(`setup.labels[${JSON.stringify(key.slice(0, 64))}]`, remedy);
  }
  return null;
}
