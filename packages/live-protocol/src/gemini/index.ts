export type { AudioMimeType } from './audio-mime-type.ts';
export { parseAudioMimeType } from './audio-mime-type.ts';
export type { Backend } from './backend.ts';
export { base64ByteLength, decodeBase64, encodeBase64, isBase64 } from './base64.ts';
export { checkRealtimeInput } from './checks/check-realtime-input.ts';
export type { CheckSetupOptions } from './checks/check-setup.ts';
export { checkSetup } from './checks/check-setup.ts';
export type { WireProblem } from './checks/wire-problem.ts';
export { GeminiCloseReason } from './close-reasons.ts';
export type { GeminiClose, GeminiCloseMeaning } from './close-table.ts';
export { GEMINI_CLOSES, GeminiCloseCode } from './close-table.ts';
export { describeGeminiClose } from './describe-close.ts';
export { formatDuration, isDuration, parseDuration } from './duration.ts';
export { GeminiWireError } from './errors.ts';
export type * from './messages.ts';
export { parseServerMessage } from './parse-server-message.ts';
export { familyProfile, modelId, modelProfile } from './profiles/model-lookup.ts';
export type {
  ModelDefaults,
  ModelFamily,
  ModelFeatures,
  ModelLifecycle,
  ModelLimits,
  ModelProfile,
  WireHabits,
} from './profiles/model-profile.ts';
export { MODEL_PROFILES } from './profiles/models.ts';
export { VOICE_CHARACTERS, VOICES } from './profiles/voices.ts';
export type { WireViolation } from './schema/violation.ts';
export type { ReceivedFunctionCall, ServerEvent, TokenUsage } from './server-event.ts';
export type { Validation, ValidationOptions } from './validate-message.ts';
export { parseClientFrame, validateClientMessage, validateServerMessage } from './validate-message.ts';
