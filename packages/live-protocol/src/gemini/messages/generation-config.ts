import type { Schema } from './tools.ts';
import type { AudioTranscriptionConfig } from './transcription-config.ts';

/** How the model answers. The second group of fields exists on the wire but Live refuses it. */
export interface GenerationConfig {
  /** At most one entry. Always send it: what happens without it differs by model. */
  responseModalities?: Modality[];
  speechConfig?: SpeechConfig;
  /** Above 0, up to 2. */
  temperature?: number;
  topP?: number;
  topK?: number;
  maxOutputTokens?: number;
  seed?: number;
  candidateCount?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  mediaResolution?: MediaResolution;
  thinkingConfig?: ThinkingConfig;
  /** 2.5 native audio only. */
  enableAffectiveDialog?: boolean;
  translationConfig?: TranslationConfig;
  audioTranscriptionConfig?: AudioTranscriptionConfig;
  responseFormat?: ResponseFormat[];
  responseJsonSchema?: unknown;
  /** Vertex only. Google's SDK calls it `modelSelectionConfig`. */
  modelConfig?: ModelConfig;
  /** Gemini API only. */
  enableEnhancedCivicAnswers?: boolean;

  /** Not supported in Live. */
  responseMimeType?: string;
  /** Not supported in Live. */
  responseSchema?: Schema;
  /** Not supported in Live. */
  stopSequences?: string[];
  /** Not supported in Live. */
  responseLogprobs?: boolean;
  /** Not supported in Live. */
  logprobs?: number;
  /** Not supported in Live. */
  audioTimestamp?: boolean;
  /** Not supported in Live. */
  routingConfig?: RoutingConfig;
}

/** What the model answers with. */
export type Modality = 'MODALITY_UNSPECIFIED' | 'TEXT' | 'IMAGE' | 'AUDIO' | 'VIDEO';

/** Tokens per picture: 64 (low), 256 (medium), 256 zoomed (high). */
export type MediaResolution =
  | 'MEDIA_RESOLUTION_UNSPECIFIED'
  | 'MEDIA_RESOLUTION_LOW'
  | 'MEDIA_RESOLUTION_MEDIUM'
  | 'MEDIA_RESOLUTION_HIGH';

/** Which voice, in which language. */
export interface SpeechConfig {
  voiceConfig?: VoiceConfig;
  /** BCP 47, such as `en-US`; native 2.5 models take few of them. */
  languageCode?: string;
  /** Text to speech only: Live refuses it. */
  multiSpeakerVoiceConfig?: { speakerVoiceConfigs?: { speaker?: string; voiceConfig?: VoiceConfig }[] };
}

/** One voice: a prebuilt one, a named one, or a copy of a sample. */
export interface VoiceConfig {
  prebuiltVoiceConfig?: { voiceName?: string };
  voice?: string;
  replicatedVoiceConfig?: ReplicatedVoiceConfig;
}

/** A voice copied from a recording. */
export interface ReplicatedVoiceConfig {
  /** `audio/wav`. */
  mimeType?: string;
  /** Base64. */
  voiceSampleAudio?: string;
  /** Base64; Gemini API only. */
  consentAudio?: string;
  /** Gemini API only. */
  voiceConsentSignature?: VoiceConsentSignature;
}

/** Proof that the consent to copy a voice was verified. */
export interface VoiceConsentSignature {
  signature?: string;
}

/** How much the model thinks before it answers. Which fields count depends on the model. */
export interface ThinkingConfig {
  includeThoughts?: boolean;
  /** Tokens; 0 is off, -1 automatic. */
  thinkingBudget?: number;
  thinkingLevel?: ThinkingLevel;
}

/** Levels of thinking. */
export type ThinkingLevel = 'THINKING_LEVEL_UNSPECIFIED' | 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';

/** Streaming translation. */
export interface TranslationConfig {
  targetLanguageCode?: string;
  /** Whether speech that is already in the target language is repeated. */
  echoTargetLanguage?: boolean;
}

/** What is preferred when Vertex chooses between models. */
export interface ModelConfig {
  featureSelectionPreference?:
    | 'FEATURE_SELECTION_PREFERENCE_UNSPECIFIED'
    | 'PRIORITIZE_QUALITY'
    | 'BALANCED'
    | 'PRIORITIZE_COST';
}

/** Format of one kind of output. */
export interface ResponseFormat {
  audio?: { bitRate?: number; delivery?: Delivery; mimeType?: string; sampleRate?: number };
  image?: { aspectRatio?: AspectRatio; delivery?: Delivery; imageSize?: ImageSize; mimeType?: string };
  text?: { mimeType?: string; schema?: unknown };
  video?: { aspectRatio?: AspectRatio; delivery?: Delivery; duration?: string; gcsUri?: string; resolution?: string };
}

/** Whether media comes in the message or as an address. */
export type Delivery = 'DELIVERY_UNSPECIFIED' | 'INLINE' | 'URI';

/** Shape of a generated picture or video. */
export type AspectRatio =
  | 'ASPECT_RATIO_UNSPECIFIED'
  | 'ASPECT_RATIO_ONE_BY_ONE'
  | 'ASPECT_RATIO_TWO_BY_THREE'
  | 'ASPECT_RATIO_THREE_BY_TWO'
  | 'ASPECT_RATIO_THREE_BY_FOUR'
  | 'ASPECT_RATIO_FOUR_BY_THREE'
  | 'ASPECT_RATIO_FOUR_BY_FIVE'
  | 'ASPECT_RATIO_FIVE_BY_FOUR'
  | 'ASPECT_RATIO_NINE_BY_SIXTEEN'
  | 'ASPECT_RATIO_SIXTEEN_BY_NINE'
  | 'ASPECT_RATIO_TWENTY_ONE_BY_NINE'
  | 'ASPECT_RATIO_ONE_BY_EIGHT'
  | 'ASPECT_RATIO_EIGHT_BY_ONE'
  | 'ASPECT_RATIO_ONE_BY_FOUR'
  | 'ASPECT_RATIO_FOUR_BY_ONE';

/** Size of a generated picture. */
export type ImageSize =
  | 'IMAGE_SIZE_UNSPECIFIED'
  | 'IMAGE_SIZE_FIVE_TWELVE'
  | 'IMAGE_SIZE_ONE_K'
  | 'IMAGE_SIZE_TWO_K'
  | 'IMAGE_SIZE_FOUR_K';

/** Choice between models, not supported in Live. */
export interface RoutingConfig {
  autoMode?: { modelRoutingPreference?: 'UNKNOWN' | 'PRIORITIZE_QUALITY' | 'BALANCED' | 'PRIORITIZE_COST' };
  manualMode?: { modelName?: string };
}
