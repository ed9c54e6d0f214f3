/** Bytes with their type. Named so that it is not mistaken for the DOM's `Blob`. */
export interface MediaBlob {
  /** IANA type with parameters, such as `audio/pcm;rate=16000` or `image/jpeg`. */
  mimeType?: string;
  /** Base64, standard or URL-safe alphabet; servers send the standard one with padding. */
  data?: string;
  /** Name shown to the model. Older Gemini API versions refuse it. */
  displayName?: string;
}

/** A file that the service already holds. */
export interface FileData {
  fileUri?: string;
  mimeType?: string;
  displayName?: string;
}

/** One turn of the conversation, or the system instruction. */
export interface Content {
  /** `user` or `model`; Vertex also takes `system`, which replaces the system instruction. */
  role?: string;
  parts?: Part[];
}

/**
 * One piece of a turn. At most one data member (`text`, `inlineData`, `fileData`, `functionCall`, `functionResponse`,
 * `executableCode`, `codeExecutionResult`, `toolCall`, `toolResponse`) is set; the rest say something about it.
 */
export interface Part {
  text?: string;
  inlineData?: MediaBlob;
  fileData?: FileData;
  functionCall?: FunctionCall;
  functionResponse?: FunctionResponse;
  executableCode?: ExecutableCode;
  codeExecutionResult?: CodeExecutionResult;
  /** A call that the service itself runs; Gemini API only. */
  toolCall?: ServerToolCall;
  /** What such a call gave; Gemini API only. */
  toolResponse?: ServerToolResponse;
  /** `true`: a summary of the model's thinking, not for the listener. */
  thought?: boolean;
  /** Opaque base64 that proves a thought when it is sent back. */
  thoughtSignature?: string;
  videoMetadata?: VideoMetadata;
  mediaResolution?: PartMediaResolution;
  /** Gemini API only. */
  partMetadata?: Record<string, unknown>;
  mediaProcessing?: MediaProcessing;
  speechMetadata?: SpeechMetadata;
  /** Output only: the words of this part's audio. */
  audioTranscription?: Transcription;
}

/** A function that the model asks the client to run. */
export interface FunctionCall {
  /** `function-call-<digits>`, `fc_<digits>` or a UUID, by model. Opaque. */
  id?: string;
  name?: string;
  args?: Record<string, unknown>;
  /** Arguments that are still growing; Vertex only. */
  partialArgs?: PartialArg[];
  /** `true`: more of this call follows; Vertex only. */
  willContinue?: boolean;
}

/** One growing argument of a {@link FunctionCall}. */
export interface PartialArg {
  /** Where the value goes, such as `$.body`. */
  jsonPath?: string;
  stringValue?: string;
  numberValue?: number;
  boolValue?: boolean;
  nullValue?: 'NULL_VALUE';
  willContinue?: boolean;
}

/** What the client's function gave. */
export interface FunctionResponse {
  /** The id of the call. Google's SDK demands it on the Gemini API; Vertex can do without. */
  id?: string;
  name?: string;
  /** Keys `output` and `error` are conventional; otherwise the whole object is the output. */
  response?: Record<string, unknown>;
  /** When a NON_BLOCKING answer is used. */
  scheduling?: FunctionResponseScheduling;
  /** `true`: more responses to the same call follow. */
  willContinue?: boolean;
  parts?: FunctionResponsePart[];
}

/** Media that belongs to a {@link FunctionResponse}. */
export interface FunctionResponsePart {
  inlineData?: MediaBlob;
  fileData?: FileData;
  /** Gemini API only. */
  mediaProcessing?: MediaProcessing;
}

/** `WHEN_IDLE` waits for the current output, `INTERRUPT` cuts it, `SILENT` only adds to the context. */
export type FunctionResponseScheduling = 'SCHEDULING_UNSPECIFIED' | 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT';

/** Code that the model wrote and the service runs. */
export interface ExecutableCode {
  code?: string;
  language?: 'LANGUAGE_UNSPECIFIED' | 'PYTHON';
  id?: string;
}

/** What {@link ExecutableCode} printed. */
export interface CodeExecutionResult {
  outcome?: CodeExecutionOutcome;
  output?: string;
  id?: string;
}

/** How the run of {@link ExecutableCode} ended. */
export type CodeExecutionOutcome =
  | 'OUTCOME_UNSPECIFIED'
  | 'OUTCOME_OK'
  | 'OUTCOME_FAILED'
  | 'OUTCOME_DEADLINE_EXCEEDED';

/** A tool call that runs at the service. */
export interface ServerToolCall {
  id?: string;
  toolType?: ServerToolType;
  args?: Record<string, unknown>;
}

/** The answer to a {@link ServerToolCall}. */
export interface ServerToolResponse {
  id?: string;
  toolType?: ServerToolType;
  response?: Record<string, unknown>;
}

/** Tools that run at the service. */
export type ServerToolType =
  | 'TOOL_TYPE_UNSPECIFIED'
  | 'GOOGLE_SEARCH_WEB'
  | 'GOOGLE_SEARCH_IMAGE'
  | 'URL_CONTEXT'
  | 'GOOGLE_MAPS'
  | 'FILE_SEARCH'
  | 'MEDIA_PROCESSING';

/** Which stretch of a video counts. Offsets are durations such as `1.500s`. */
export interface VideoMetadata {
  startOffset?: string;
  endOffset?: string;
  fps?: number;
}

/** How finely one part is looked at. */
export interface PartMediaResolution {
  level?: PartMediaResolutionLevel;
  numTokens?: number;
}

/** Levels of {@link PartMediaResolution}. */
export type PartMediaResolutionLevel =
  | 'MEDIA_RESOLUTION_UNSPECIFIED'
  | 'MEDIA_RESOLUTION_LOW'
  | 'MEDIA_RESOLUTION_MEDIUM'
  | 'MEDIA_RESOLUTION_HIGH'
  | 'MEDIA_RESOLUTION_ULTRA_HIGH';

/** How media is worked through. */
export type MediaProcessing = 'MEDIA_PROCESSING_UNSPECIFIED' | 'STATIC' | 'AGENTIC';

/** Who speaks a text part, and how. */
export interface SpeechMetadata {
  speaker?: string;
  style?: string;
}

/** Words of an audio stream, sent in increments. */
export interface Transcription {
  text?: string;
  /** Sent by Vertex only; elsewhere the end follows from turn events. */
  finished?: boolean;
  languageCode?: string;
  /** `spk_1`, … when diarization is on. */
  speakerLabel?: string;
  words?: WordInfo[];
  /** Duration since the audio began, such as `0.400s`. */
  startOffset?: string;
  endOffset?: string;
}

/** One word of a {@link Transcription} with its place in the audio. */
export interface WordInfo {
  word?: string;
  startOffset?: string;
  endOffset?: string;
}
