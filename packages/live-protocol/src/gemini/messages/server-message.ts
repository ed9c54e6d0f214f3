import type { Content, FunctionCall, Transcription } from './content.ts';
import type { VoiceConsentSignature } from './generation-config.ts';
import type { GroundingMetadata, UrlContextMetadata } from './grounding.ts';
import type { UsageMetadata } from './usage.ts';

/** A message from the service: usually one kind, with `usageMetadata` beside it. `{}` is legal noise. */
export interface ServerMessage {
  setupComplete?: SetupComplete;
  serverContent?: ServerContent;
  toolCall?: ToolCallMessage;
  toolCallCancellation?: ToolCallCancellation;
  goAway?: GoAway;
  sessionResumptionUpdate?: SessionResumptionUpdate;
  voiceActivity?: VoiceActivity;
  voiceActivityDetectionSignal?: VoiceActivityDetectionSignal;
  usageMetadata?: UsageMetadata;
}

/** Name of a field of a server message. */
export type ServerMessageKind = keyof ServerMessage;

/** The session stands. */
export interface SetupComplete {
  /** Vertex only. */
  sessionId?: string;
  /** After a consent recording was verified. */
  voiceConsentSignature?: VoiceConsentSignature;
}

/** What the model says, hears and decides. Several fields may come in one message. */
export interface ServerContent {
  /** An increment of the answer. */
  modelTurn?: Content;
  inputTranscription?: Transcription;
  /** A quick guess, replaced by later ones. */
  interimInputTranscription?: Transcription;
  outputTranscription?: Transcription;
  /** Everything was produced; playback may still run. */
  generationComplete?: boolean;
  turnComplete?: boolean;
  turnCompleteReason?: TurnCompleteReason;
  /** Stop playing what was sent. */
  interrupted?: boolean;
  /** The model stays silent because it expects the person to go on. */
  waitingForInput?: boolean;
  interactionStatus?: InteractionStatus;
  groundingMetadata?: GroundingMetadata;
  urlContextMetadata?: UrlContextMetadata;
}

/** Whether a model that thinks on after its turn is done. */
export type InteractionStatus = 'INTERACTION_STATUS_UNSPECIFIED' | 'IN_PROGRESS' | 'REQUIRES_ACTION' | 'IDLE';

/** Why a turn ended otherwise than by being said. */
export type TurnCompleteReason =
  | 'TURN_COMPLETE_REASON_UNSPECIFIED'
  | 'MALFORMED_FUNCTION_CALL'
  | 'RESPONSE_REJECTED'
  | 'NEED_MORE_INPUT'
  | 'PROHIBITED_INPUT_CONTENT'
  | 'IMAGE_PROHIBITED_INPUT_CONTENT'
  | 'INPUT_TEXT_CONTAIN_PROMINENT_PERSON_PROHIBITED'
  | 'INPUT_IMAGE_CELEBRITY'
  | 'INPUT_IMAGE_PHOTO_REALISTIC_CHILD_PROHIBITED'
  | 'INPUT_TEXT_NCII_PROHIBITED'
  | 'INPUT_OTHER'
  | 'INPUT_IP_PROHIBITED'
  | 'BLOCKLIST'
  | 'UNSAFE_PROMPT_FOR_IMAGE_GENERATION'
  | 'GENERATED_IMAGE_SAFETY'
  | 'GENERATED_CONTENT_SAFETY'
  | 'GENERATED_AUDIO_SAFETY'
  | 'GENERATED_VIDEO_SAFETY'
  | 'GENERATED_CONTENT_PROHIBITED'
  | 'GENERATED_CONTENT_BLOCKLIST'
  | 'GENERATED_IMAGE_PROHIBITED'
  | 'GENERATED_IMAGE_CELEBRITY'
  | 'GENERATED_IMAGE_PROMINENT_PEOPLE_DETECTED_BY_REWRITER'
  | 'GENERATED_IMAGE_IDENTIFIABLE_PEOPLE'
  | 'GENERATED_IMAGE_MINORS'
  | 'OUTPUT_IMAGE_IP_PROHIBITED'
  | 'GENERATED_OTHER'
  | 'MAX_REGENERATION_REACHED';

/** Functions to run. */
export interface ToolCallMessage {
  functionCalls?: FunctionCall[];
}

/** Calls to drop, after an interruption. */
export interface ToolCallCancellation {
  ids?: string[];
}

/** The connection ends soon. */
export interface GoAway {
  /** Duration such as `50s`. */
  timeLeft?: string;
}

/** How to continue this session on another connection. */
export interface SessionResumptionUpdate {
  /** Absent while the session cannot be resumed. */
  newHandle?: string;
  resumable?: boolean;
  /** int64 as a string; with transparent resumption only. */
  lastConsumedClientMessageIndex?: string;
}

/** An edge of speech that the service found. */
export interface VoiceActivity {
  /** Google's SDK calls it `voiceActivityType`; the wire says `type`. */
  type?: VoiceActivityType;
  /** Duration since the audio began, such as `1.880s`. */
  audioOffset?: string;
}

/** Which edge. */
export type VoiceActivityType = 'TYPE_UNSPECIFIED' | 'ACTIVITY_START' | 'ACTIVITY_END';

/** An edge of speech, for allow-listed Vertex projects. */
export interface VoiceActivityDetectionSignal {
  vadSignalType?: VadSignalType;
}

/** Start or end of speech. */
export type VadSignalType = 'VAD_SIGNAL_TYPE_UNSPECIFIED' | 'VAD_SIGNAL_TYPE_SOS' | 'VAD_SIGNAL_TYPE_EOS';
