export type { AudioMimeType } from './audio-mime-type.ts';
export { parseAudioMimeType } from './audio-mime-type.ts';
export type { Backend } from './backend.ts';
export { base64ByteLength, decodeBase64, encodeBase64, isBase64 } from './base64.ts';
export { formatDuration, isDuration, parseDuration } from './duration.ts';
export { GeminiWireError } from './errors.ts';
export type * from './messages.ts';
export { parseServerMessage } from './parse-server-message.ts';
export type { ReceivedFunctionCall, ServerEvent, TokenUsage } from './server-event.ts';
