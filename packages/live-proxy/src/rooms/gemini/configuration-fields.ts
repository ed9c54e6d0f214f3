import type {
  AutomaticActivityDetection,
  GenerationConfig,
  RealtimeInputConfig,
  RoomConfiguration,
  Setup,
  SpeechConfig,
  ThinkingConfig,
  Tool,
  TurnCoverage,
} from '@colloquy/live-protocol';

/** Fields of the setup that do not belong to how the model generates. */
export type SessionConfig = Pick<
  Setup,
  'realtimeInputConfig' | 'proactivity' | 'inputAudioTranscription' | 'outputAudioTranscription'
>;

/** What the host configured of how the model answers; nothing for what is left to the model. */
export function toGenerationConfig(configuration: RoomConfiguration): GenerationConfig {
  const { affectiveDialog, maxOutputTokens, mediaResolution, response, temperature, topK, topP } = configuration;
  return {
    ...(response !== null && { responseModalities: [response === 'audio' ? 'AUDIO' : 'TEXT'] }),
    ...optional('speechConfig', toSpeech(configuration)),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { topP }),
    ...(topK !== null && { topK }),
    ...(maxOutputTokens !== null && { maxOutputTokens }),
    ...(mediaResolution !== null && { mediaResolution: `MEDIA_RESOLUTION_${upper(mediaResolution)}` as const }),
    ...optional('thinkingConfig', toThinking(configuration)),
    ...(affectiveDialog !== null && { enableAffectiveDialog: affectiveDialog }),
  };
}

/** Search goes beside the tools of the server. */
export function toTools({ grounding }: RoomConfiguration, tools: readonly Tool[] = []): Pick<Setup, 'tools'> {
  const all = grounding ? [...tools, { googleSearch: {} }] : [...tools];
  return all.length === 0 ? {} : { tools: all };
}

/** How speech is found, what a turn is, and what is written down. */
export function toSessionConfig(configuration: RoomConfiguration, server: RealtimeInputConfig = {}): SessionConfig {
  const { proactivity, transcription, turnCoverage } = configuration;
  const detection = { ...server.automaticActivityDetection, ...toDetection(configuration) };
  const realtimeInputConfig: RealtimeInputConfig = {
    ...server,
    ...optional('automaticActivityDetection', detection),
    ...(turnCoverage !== null && { turnCoverage: TURN_COVERAGES[turnCoverage] }),
  };
  return {
    ...optional('realtimeInputConfig', realtimeInputConfig),
    ...(proactivity !== null && { proactivity: { proactiveAudio: proactivity } }),
    ...(transcription.input && { inputAudioTranscription: {} }),
    ...(transcription.output && { outputAudioTranscription: {} }),
  };
}

const TURN_COVERAGES: Readonly<Record<NonNullable<RoomConfiguration['turnCoverage']>, TurnCoverage>> = {
  activity: 'TURN_INCLUDES_ONLY_ACTIVITY',
  'activity-and-video': 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
  everything: 'TURN_INCLUDES_ALL_INPUT',
};

function toSpeech({ language, voice }: RoomConfiguration): SpeechConfig {
  return {
    ...(voice !== null && { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } }),
    ...(language !== null && { languageCode: language }),
  };
}

function toThinking({ thinking: { budget, level } }: RoomConfiguration): ThinkingConfig {
  return {
    ...(budget !== null && { thinkingBudget: budget }),
    ...(level !== null && { thinkingLevel: upper(level) }),
  };
}

function toDetection({ activityDetection }: RoomConfiguration): AutomaticActivityDetection {
  const { endSensitivity, prefixPaddingMs, silenceDurationMs, startSensitivity } = activityDetection;
  return {
    ...(startSensitivity !== null && {
      startOfSpeechSensitivity: `START_SENSITIVITY_${upper(startSensitivity)}` as const,
    }),
    ...(endSensitivity !== null && { endOfSpeechSensitivity: `END_SENSITIVITY_${upper(endSensitivity)}` as const }),
    ...(prefixPaddingMs !== null && { prefixPaddingMs }),
    ...(silenceDurationMs !== null && { silenceDurationMs }),
  };
}

/** The field, unless there is nothing in it. */
function optional<K extends string, V extends object>(name: K, value: V): { [P in K]?: V } {
  return (Object.keys(value).length === 0 ? {} : { [name]: value }) as { [P in K]?: V };
}

function upper<const T extends string>(text: T): Uppercase<T> {
  return text.toUpperCase() as Uppercase<T>;
}
