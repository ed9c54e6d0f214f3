import type {
  AudioTranscriptionConfig,
  Content,
  FunctionDeclaration,
  RealtimeInputConfig,
  Setup,
  Tool,
} from '@colloquy/live-protocol';
import type { VoiceActivityOptions } from '../audio/voice-activity.ts';
import type { BrainTool } from '../brain/brain.ts';
import type { Profile } from '../profile.ts';
import type { AvatarRates } from './avatar-video.ts';
import type { TranscriptionDetail } from './detailed-transcription.ts';

const DEFAULT_PREFIX_PADDING_MS = 20;
/** What sensitivities mean; the real numbers are not published. */
const SENSITIVITY = {
  HIGH: { thresholdDbfs: -50, silenceDurationMs: 800 },
  LOW: { thresholdDbfs: -40, silenceDurationMs: 1_000 },
} as const;

/** When the oldest turns are dropped. */
export interface CompressionConfiguration {
  readonly triggerTokens: number;
  readonly targetTokens: number;
}

/** A setup as the session uses it: every default filled in. */
export interface SessionConfiguration {
  /** As the setup spells it. */
  readonly model: string;
  readonly modality: 'AUDIO' | 'TEXT' | 'VIDEO';
  /** How large an avatar's video is. */
  readonly avatar: AvatarRates;
  readonly voiceName: string | null;
  readonly systemInstruction: string;
  readonly tools: readonly BrainTool[];
  /** The client marks activity itself. */
  readonly manualActivity: boolean;
  /** Whether a person's activity cuts the model. */
  readonly activityInterrupts: boolean;
  readonly voiceActivity: VoiceActivityOptions;
  /** Whether pictures outside of activity count. */
  readonly countsAllPictures: boolean;
  /** Whether audio in which nobody speaks counts. */
  readonly countsAllAudio: boolean;
  readonly inputTranscription: boolean;
  /** `null`: only the words of each utterance are told. */
  readonly transcriptionDetail: TranscriptionDetail | null;
  readonly outputTranscription: boolean;
  readonly includeThoughts: boolean;
  readonly explicitVadSignal: boolean;
  /** `null`: updates only if the profile sends them unasked. */
  readonly resumption: { readonly handle: string | null; readonly transparent: boolean } | null;
  readonly compression: CompressionConfiguration | null;
  /** `clientContent` is absorbed as history until one completes the turn. */
  readonly initialHistory: boolean;
}

/** What `setup` means for models of `profile`; `voiceActivity` replaces the emulator's own defaults. */
export function configureSession(
  setup: Setup,
  profile: Profile,
  voiceActivity: Partial<VoiceActivityOptions> = {},
): SessionConfiguration {
  const { generationConfig, realtimeInputConfig, sessionResumption } = setup;
  const modality = String(generationConfig?.responseModalities?.[0] ?? profile.model.defaultModality).toUpperCase();
  const coverage = orDefault(realtimeInputConfig?.turnCoverage, profile.model.defaults.turnCoverage);
  return {
    model: setup.model ?? '',
    modality: modality === 'TEXT' || modality === 'VIDEO' ? modality : 'AUDIO',
    avatar: setup.avatarConfig ?? {},
    voiceName: generationConfig?.speechConfig?.voiceConfig?.prebuiltVoiceConfig?.voiceName ?? null,
    systemInstruction: contentText(setup.systemInstruction),
    tools: toBrainTools(setup.tools, profile),
    manualActivity: realtimeInputConfig?.automaticActivityDetection?.disabled === true,
    activityInterrupts: realtimeInputConfig?.activityHandling !== 'NO_INTERRUPTION',
    voiceActivity: configureVoiceActivity(realtimeInputConfig, profile, voiceActivity),
    countsAllPictures: coverage !== 'TURN_INCLUDES_ONLY_ACTIVITY',
    countsAllAudio: coverage === 'TURN_INCLUDES_ALL_INPUT',
    inputTranscription: setup.inputAudioTranscription !== undefined,
    transcriptionDetail: configureDetail(setup.inputAudioTranscription),
    outputTranscription: setup.outputAudioTranscription !== undefined,
    includeThoughts: generationConfig?.thinkingConfig?.includeThoughts === true,
    explicitVadSignal: setup.explicitVadSignal === true,
    resumption: sessionResumption
      ? { handle: sessionResumption.handle || null, transparent: sessionResumption.transparent === true }
      : null,
    compression: configureCompression(setup, profile),
    initialHistory: setup.historyConfig?.initialHistoryInClientContent === true,
  };
}

/** The declared functions of `tools` as a brain sees them. */
export function toBrainTools(tools: readonly Tool[] | undefined, profile: Profile): BrainTool[] {
  return (tools ?? [])
    .flatMap((tool) => tool.functionDeclarations ?? [])
    .map((declaration) => toBrainTool(declaration, profile));
}

/** The text parts of `content`, each a paragraph. */
export function contentText(content: Content | undefined): string {
  return (content?.parts ?? [])
    .map((part) => part.text ?? '')
    .filter((text) => text !== '')
    .join('\n');
}

function configureDetail(asked: AudioTranscriptionConfig | undefined): TranscriptionDetail | null {
  if (!asked?.wordTimestamp && !asked?.diarization) return null;
  return {
    words: asked.wordTimestamp === true,
    speakers: asked.diarization === true,
    languageCode: asked.languageCodes?.[0] ?? 'en-US',
  };
}

function toBrainTool(declaration: FunctionDeclaration, profile: Profile): BrainTool {
  const parameters = declaration.parameters ?? declaration.parametersJsonSchema ?? null;
  const behavior = orDefault(declaration.behavior, profile.model.defaultToolBehavior);
  return {
    name: declaration.name ?? '',
    description: declaration.description ?? '',
    parameters: typeof parameters === 'object' ? (parameters as Readonly<Record<string, unknown>> | null) : null,
    blocking: behavior !== 'NON_BLOCKING',
  };
}

function configureVoiceActivity(
  config: RealtimeInputConfig | undefined,
  profile: Profile,
  defaults: Partial<VoiceActivityOptions>,
): VoiceActivityOptions {
  const detection = config?.automaticActivityDetection;
  const start = orDefault(detection?.startOfSpeechSensitivity, profile.model.defaults.startOfSpeechSensitivity);
  const end = orDefault(detection?.endOfSpeechSensitivity, profile.model.defaults.endOfSpeechSensitivity);
  const byStart = start.endsWith('LOW') ? SENSITIVITY.LOW : SENSITIVITY.HIGH;
  const byEnd = end.endsWith('LOW') ? SENSITIVITY.LOW : SENSITIVITY.HIGH;
  return {
    thresholdDbfs: defaults.thresholdDbfs ?? byStart.thresholdDbfs,
    prefixPaddingMs: detection?.prefixPaddingMs ?? defaults.prefixPaddingMs ?? DEFAULT_PREFIX_PADDING_MS,
    silenceDurationMs: detection?.silenceDurationMs ?? defaults.silenceDurationMs ?? byEnd.silenceDurationMs,
  };
}

function configureCompression(
  { contextWindowCompression: asked }: Setup,
  profile: Profile,
): CompressionConfiguration | null {
  if (!asked) return null;
  const triggerTokens = Number(asked.triggerTokens ?? Math.round(profile.model.limits.contextTokens * 0.8));
  const targetTokens = Number(asked.slidingWindow?.targetTokens ?? Math.floor(triggerTokens / 2));
  return { triggerTokens, targetTokens };
}

/** `…_UNSPECIFIED` means the default, as absence does. */
function orDefault<T extends string>(value: T | undefined, fallback: T): T {
  return value === undefined || value.endsWith('UNSPECIFIED') ? fallback : value;
}
