/**
 * The wires of Colloquy: Gemini's Live API and the room wire between our own client and server.
 *
 * @packageDocumentation
 */

// Gemini Live: messages

export type { Backend } from './gemini/backend.ts';
export type {
  ActivityHandling,
  AspectRatio,
  AudioTranscriptionConfig,
  AuthConfig,
  AuthType,
  AutomaticActivityDetection,
  AvatarConfig,
  ClientContent,
  ClientMessage,
  ClientMessageKind,
  ClientMessageKinds,
  CodeExecutionOutcome,
  CodeExecutionResult,
  ComputerUse,
  ComputerUseEnvironment,
  ComputerUseSafetyPolicy,
  Content,
  ContextUpdate,
  ContextWindowCompressionConfig,
  Delivery,
  EndSensitivity,
  EnterpriseWebSearch,
  ExaAiSearch,
  ExecutableCode,
  ExternalApi,
  FileData,
  FileSearch,
  FunctionBehavior,
  FunctionCall,
  FunctionDeclaration,
  FunctionResponse,
  FunctionResponsePart,
  FunctionResponseScheduling,
  GenerationConfig,
  GoAway,
  GoogleMaps,
  GoogleSearch,
  GoogleSearchRetrieval,
  GroundingChunk,
  GroundingMaps,
  GroundingMetadata,
  GroundingRetrievedContext,
  GroundingReview,
  GroundingSupport,
  HarmBlockThreshold,
  HarmCategory,
  HistoryConfig,
  HttpElementLocation,
  ImageSize,
  InteractionStatus,
  McpServer,
  MediaBlob,
  MediaModality,
  MediaProcessing,
  MediaResolution,
  Modality,
  ModalityTokenCount,
  ModelConfig,
  ParallelAiSearch,
  Part,
  PartialArg,
  PartMediaResolution,
  PartMediaResolutionLevel,
  PhishBlockThreshold,
  ProactivityConfig,
  RealtimeInput,
  RealtimeInputConfig,
  ReplicatedVoiceConfig,
  ResponseFormat,
  Retrieval,
  RoutingConfig,
  SafetySetting,
  Schema,
  SchemaType,
  ServerContent,
  ServerMessage,
  ServerMessageKind,
  ServerToolCall,
  ServerToolResponse,
  ServerToolType,
  ServiceTier,
  SessionResumptionConfig,
  SessionResumptionUpdate,
  Setup,
  SetupComplete,
  SlidingWindow,
  SpeechConfig,
  SpeechMetadata,
  StartSensitivity,
  ThinkingConfig,
  ThinkingLevel,
  Tool,
  ToolCallCancellation,
  ToolCallMessage,
  ToolResponseMessage,
  TrafficType,
  Transcription,
  TranslationConfig,
  TurnCompleteReason,
  TurnCoverage,
  UrlContextMetadata,
  UrlRetrievalStatus,
  UsageMetadata,
  VadSignalType,
  VertexAiSearch,
  VertexRagStore,
  VideoMetadata,
  VoiceActivity,
  VoiceActivityDetectionSignal,
  VoiceActivityType,
  VoiceConfig,
  VoiceConsentSignature,
  WordInfo,
} from './gemini/messages.ts';

// Gemini Live: reading what the service says

export { GeminiWireError } from './gemini/errors.ts';
export { parseServerMessage } from './gemini/parse-server-message.ts';
export type { ReceivedFunctionCall, ServerEvent, TokenUsage } from './gemini/server-event.ts';

// Gemini Live: checking what is sent

export { checkRealtimeInput } from './gemini/checks/check-realtime-input.ts';
export type { CheckSetupOptions } from './gemini/checks/check-setup.ts';
export { checkSetup } from './gemini/checks/check-setup.ts';
export { checkContextUpdate } from './gemini/checks/check-tools.ts';
export type { WireProblem } from './gemini/checks/wire-problem.ts';
export type { WireViolation } from './gemini/schema/violation.ts';
export type { Validation, ValidationOptions } from './gemini/validate-message.ts';
export { parseClientFrame, validateClientMessage, validateServerMessage } from './gemini/validate-message.ts';

// Gemini Live: models

export { modelId } from './gemini/profiles/model-id.ts';
export { familyProfile, modelProfile } from './gemini/profiles/model-lookup.ts';
export type {
  ModelDefaults,
  ModelFamily,
  ModelFeatures,
  ModelLifecycle,
  ModelLimits,
  ModelProfile,
  WireHabits,
} from './gemini/profiles/model-profile.ts';
export { MODEL_PROFILES } from './gemini/profiles/models.ts';
export { textInputOf } from './gemini/profiles/text-input.ts';
export { VOICE_CHARACTERS, VOICES } from './gemini/profiles/voices.ts';

// Gemini Live: closes

export { GeminiCloseReason } from './gemini/close-reasons.ts';
export type { GeminiCloseMeaning, MarkedClose } from './gemini/close-table.ts';
export { GeminiCloseCode } from './gemini/close-table.ts';
export { describeGeminiClose } from './gemini/describe-close.ts';
export type { GeminiClose } from './gemini/gemini-closes.ts';
export { GEMINI_CLOSES } from './gemini/gemini-closes.ts';

// Gemini Live: values

export type { AudioMimeType } from './gemini/audio-mime-type.ts';
export { parseAudioMimeType } from './gemini/audio-mime-type.ts';
export { base64ByteLength, decodeBase64, encodeBase64, isBase64 } from './gemini/base64.ts';
export { formatDuration, isDuration, parseDuration } from './gemini/duration.ts';

// What the model costs

export type { ModelPrices, PriceTable, TokenPrices } from './usage/prices.ts';
export { checkPrices, costOf } from './usage/prices.ts';
export { TurnCounter } from './usage/turn-counter.ts';
export type { TokenSplit, TurnUsage } from './usage/turn-usage.ts';
export { joinTurns, NO_USAGE, toTurnUsage } from './usage/turn-usage.ts';

// Schemas of any library

export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export { jsonSchemaOf, parseWithSchema } from './standard-schema.ts';

// Both wires

export { MAX_CLOSE_REASON_BYTES, toCloseReason } from './close-reason.ts';

// Room wire

export { isRetryableRoomClose, RoomCloseCode } from './room/close-codes.ts';
export type { ActivityDetection, RoomConfiguration, RoomTranscription, Thinking } from './room/configuration.ts';
export { DEFAULT_ROOM_CONFIGURATION } from './room/configuration.ts';
export type {
  AppData,
  EntryActor,
  EntryBodies,
  EntryKind,
  LogEntry,
  LogEntryOf,
  NewEntry,
  ParticipantRole,
} from './room/entries.ts';
export { MODEL_PARTICIPANT_ID, ROOM_PARTICIPANT_ID } from './room/entries.ts';
export type { BargeIn, FloorMode, FloorPolicy, FloorState, PicturePin, SpeakerCues } from './room/floor.ts';
export type { MediaFrame } from './room/media-frame.ts';
export {
  MEDIA_FRAME_VERSION,
  MEDIA_HEADER_BYTES,
  MediaCodec,
  MediaFlag,
  MediaFrameError,
  MediaKind,
  parseMediaFrame,
  serializeMediaFrame,
} from './room/media-frame.ts';
export type {
  EffectiveSetup,
  InflightMessage,
  MediaAbilities,
  MediaState,
  ModelState,
  ModelStatus,
  Participant,
  RecordingState,
  ResumePoint,
  RoomClientMessage,
  RoomCodecs,
  RoomInfo,
  RoomLimits,
  RoomServerMessage,
  RoomSummary,
  SearchHit,
  SearchSnippet,
  WaitingPerson,
  WatchList,
} from './room/messages.ts';
export { ROOM_SUBPROTOCOL, ROOM_WIRE_VERSION, TICKET_SUBPROTOCOL_PREFIX } from './room/messages.ts';
export { parseRoomClientMessage, parseRoomServerMessage, RoomMessageError } from './room/parse.ts';
export { redactedEntry } from './room/redacted.ts';
export type {
  AppEntriesPage,
  RoomRequest,
  RoomRequestAction,
  RoomRequestOf,
  RoomRequestResult,
  RoomRequestResults,
} from './room/requests.ts';
export type { BudgetLevel, PersonUsage, RoomUsage } from './room/usage.ts';
