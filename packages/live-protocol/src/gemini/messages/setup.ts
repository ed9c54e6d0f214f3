import type { Content } from './content.ts';
import type { GenerationConfig } from './generation-config.ts';
import type { Tool } from './tools.ts';
import type { AudioTranscriptionConfig } from './transcription-config.ts';

/** First message of a connection: everything the session is to be. It is never sent twice. */
export interface Setup {
  /** Resource name, such as `models/gemini-3.8-live`. Required; it cannot change on resumption. */
  model?: string;
  generationConfig?: GenerationConfig;
  /** Text parts only; each part is its own paragraph. */
  systemInstruction?: Content;
  tools?: Tool[];
  realtimeInputConfig?: RealtimeInputConfig;
  /** `{}` switches updates on. */
  sessionResumption?: SessionResumptionConfig;
  contextWindowCompression?: ContextWindowCompressionConfig;
  /** `{}` switches transcription of what people say on. */
  inputAudioTranscription?: AudioTranscriptionConfig;
  /** `{}` switches transcription of what the model says on. */
  outputAudioTranscription?: AudioTranscriptionConfig;
  proactivity?: ProactivityConfig;
  historyConfig?: HistoryConfig;
  /** Vertex only: sends `voiceActivityDetectionSignal`. */
  explicitVadSignal?: boolean;
  avatarConfig?: AvatarConfig;
  safetySettings?: SafetySetting[];
  /** For billing and reports: lower-case letters, digits, `_`, `-`, at most 63; keys start with a letter. */
  labels?: Record<string, string>;
}

/** When a person's input counts as a turn. */
export interface RealtimeInputConfig {
  automaticActivityDetection?: AutomaticActivityDetection;
  activityHandling?: ActivityHandling;
  turnCoverage?: TurnCoverage;
  interimTranscriptTimestampEnabled?: boolean;
}

/** Voice activity detection at the service. */
export interface AutomaticActivityDetection {
  /** `true`: the client marks activity itself. */
  disabled?: boolean;
  startOfSpeechSensitivity?: StartSensitivity;
  endOfSpeechSensitivity?: EndSensitivity;
  /** Speech needed before a start counts, in milliseconds. */
  prefixPaddingMs?: number;
  /** Silence needed before an end counts, in milliseconds. */
  silenceDurationMs?: number;
}

/** How readily speech is found. HIGH on the Gemini API, LOW on Vertex, when not given. */
export type StartSensitivity = 'START_SENSITIVITY_UNSPECIFIED' | 'START_SENSITIVITY_HIGH' | 'START_SENSITIVITY_LOW';

/** How readily its end is found. HIGH on the Gemini API, LOW on Vertex, when not given. */
export type EndSensitivity = 'END_SENSITIVITY_UNSPECIFIED' | 'END_SENSITIVITY_HIGH' | 'END_SENSITIVITY_LOW';

/** Whether a person's activity cuts the model. */
export type ActivityHandling = 'ACTIVITY_HANDLING_UNSPECIFIED' | 'START_OF_ACTIVITY_INTERRUPTS' | 'NO_INTERRUPTION';

/** Which input belongs to a turn. The default depends on the model. */
export type TurnCoverage =
  | 'TURN_COVERAGE_UNSPECIFIED'
  | 'TURN_INCLUDES_ONLY_ACTIVITY'
  | 'TURN_INCLUDES_ALL_INPUT'
  | 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO';

/** Keeps a session beyond its connection. */
export interface SessionResumptionConfig {
  /** From the newest update of the session to continue. */
  handle?: string;
  /** Vertex only: updates tell the last consumed client message. */
  transparent?: boolean;
}

/** Drops the oldest turns when the context grows. */
export interface ContextWindowCompressionConfig {
  /** int64 as a string. When not given: 80 % of the model's window. */
  triggerTokens?: string;
  slidingWindow?: SlidingWindow;
}

/** How much is kept. */
export interface SlidingWindow {
  /** int64 as a string, below the trigger. When not given: half the trigger. */
  targetTokens?: string;
}

/** Whether the model may stay silent or speak unasked. */
export interface ProactivityConfig {
  proactiveAudio?: boolean;
  /** Needs `proactiveAudio`. */
  proactiveVideo?: boolean;
}

/** How earlier turns come in. */
export interface HistoryConfig {
  /** `true`: `clientContent` is absorbed without an answer until one has `turnComplete: true`. */
  initialHistoryInClientContent?: boolean;
}

/** A talking picture instead of a voice alone. */
export interface AvatarConfig {
  avatarName?: string;
  /** `imageData` is base64, portrait 9:16, at least 704 by 1280. */
  customizedAvatar?: { imageMimeType?: string; imageData?: string };
  audioBitrateBps?: number;
  videoBitrateBps?: number;
}

/** What is blocked, and from which degree. */
export interface SafetySetting {
  category?: HarmCategory;
  threshold?: HarmBlockThreshold;
  /** Vertex only. */
  method?: 'HARM_BLOCK_METHOD_UNSPECIFIED' | 'SEVERITY' | 'PROBABILITY';
}

/** Kinds of harm. */
export type HarmCategory =
  | 'HARM_CATEGORY_UNSPECIFIED'
  | 'HARM_CATEGORY_HARASSMENT'
  | 'HARM_CATEGORY_HATE_SPEECH'
  | 'HARM_CATEGORY_SEXUALLY_EXPLICIT'
  | 'HARM_CATEGORY_DANGEROUS_CONTENT'
  | 'HARM_CATEGORY_CIVIC_INTEGRITY'
  | 'HARM_CATEGORY_JAILBREAK'
  | 'HARM_CATEGORY_IMAGE_HATE'
  | 'HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT'
  | 'HARM_CATEGORY_IMAGE_HARASSMENT'
  | 'HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT';

/** From which degree a kind of harm is blocked. */
export type HarmBlockThreshold =
  | 'HARM_BLOCK_THRESHOLD_UNSPECIFIED'
  | 'BLOCK_LOW_AND_ABOVE'
  | 'BLOCK_MEDIUM_AND_ABOVE'
  | 'BLOCK_ONLY_HIGH'
  | 'BLOCK_NONE'
  | 'OFF';
