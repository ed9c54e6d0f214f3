import { parseAudioMimeType } from './audio-mime-type.ts';
import { decodeBase64 } from './base64.ts';
import { decodeFrame, excerpt } from './decode-frame.ts';
import { isDuration, parseDuration } from './duration.ts';
import { GeminiWireError } from './errors.ts';
import { isObject, listOf, numberOf, objectOf, stringOf } from './lenient.ts';
import type {
  FunctionCall,
  GroundingMetadata,
  InteractionStatus,
  Part,
  ServerContent,
  Transcription,
  TurnCompleteReason,
  UrlContextMetadata,
  UsageMetadata,
  WordInfo,
} from './messages.ts';
import type { ReceivedFunctionCall, ServerEvent } from './server-event.ts';
import { toTokenUsage } from './token-usage.ts';

/** Rate of the model's audio where the MIME type names none, in hertz. */
const MODEL_SAMPLE_RATE = 24_000;

/**
 * All meanings of one server message, in a fixed order: `setupComplete`; of `serverContent` the transcriptions of
 * people, the parts of the model's turn as they stand, the model's transcription, sources, `interrupted`,
 * `generationComplete`, `turnComplete`, `waitingForInput`, `interactionStatus`; tool calls and cancellations; voice
 * activity; resumption, `goAway`; `usage`. Noise such as `{}` gives an empty list.
 *
 * Lenient: fields it does not know, or of a type it does not expect, count as absent.
 *
 * @throws {@link GeminiWireError} when `data` is not one JSON object.
 */
export function parseServerMessage(data: string | Uint8Array | object): ServerEvent[] {
  const message = toObject(data);
  const events: ServerEvent[] = [];
  readSetupComplete(message.setupComplete, events);
  readServerContent(message.serverContent, events);
  readToolCall(message.toolCall, events);
  readCancellation(message.toolCallCancellation, events);
  readVoiceActivity(message.voiceActivity, events);
  readVoiceSignal(message.voiceActivityDetectionSignal, events);
  readResumption(message.sessionResumptionUpdate, events);
  readGoAway(message.goAway, events);
  const raw = objectOf<UsageMetadata>(message.usageMetadata);
  if (raw !== null) events.push({ type: 'usage', usage: toTokenUsage(raw), raw });
  return events;
}

function toObject(data: string | Uint8Array | object): Record<string, unknown> {
  if (typeof data === 'object' && !(data instanceof Uint8Array)) {
    if (isObject(data)) return data;
    throw new GeminiWireError('A message from Gemini must be a JSON object; this one is an array or null.');
  }
  const text = decodeFrame(data);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GeminiWireError(`A message from Gemini must be JSON; this one starts with ${excerpt(text)}.`, { cause });
  }
  if (isObject(value)) return value;
  throw new GeminiWireError(`A message from Gemini must be a JSON object; this one is ${excerpt(text)}.`);
}

function readSetupComplete(value: unknown, events: ServerEvent[]): void {
  if (!isObject(value)) return;
  const signature = objectOf<{ signature?: unknown }>(value.voiceConsentSignature)?.signature;
  events.push({
    type: 'setupComplete',
    sessionId: stringOf(value.sessionId),
    voiceConsentSignature: stringOf(signature),
  });
}

function readServerContent(value: unknown, events: ServerEvent[]): void {
  const content = objectOf<{ [K in keyof ServerContent]: unknown }>(value);
  if (content === null) return;
  readInputTranscription(content.interimInputTranscription, true, events);
  readInputTranscription(content.inputTranscription, false, events);
  for (const part of listOf(objectOf<{ parts?: unknown }>(content.modelTurn)?.parts)) readPart(part, events);
  readOutputTranscription(content.outputTranscription, events);
  readSources(content, events);
  if (content.interrupted === true) events.push({ type: 'interrupted' });
  if (content.generationComplete === true) events.push({ type: 'generationComplete' });
  if (content.turnComplete === true) {
    events.push({ type: 'turnComplete', reason: stringOf<TurnCompleteReason>(content.turnCompleteReason) });
  }
  if (content.waitingForInput === true) events.push({ type: 'waitingForInput' });
  const status = stringOf<InteractionStatus>(content.interactionStatus);
  if (status !== null) events.push({ type: 'interactionStatus', status });
}

function readInputTranscription(value: unknown, interim: boolean, events: ServerEvent[]): void {
  const words = readTranscription(value);
  if (words === null) return;
  const languageCode = stringOf(words.languageCode);
  const speakerLabel = stringOf(words.speakerLabel);
  events.push({
    type: 'inputTranscription',
    text: stringOf(words.text) ?? '',
    finished: words.finished === true,
    interim,
    ...(languageCode !== null && { languageCode }),
    ...(speakerLabel !== null && { speakerLabel }),
    ...(Array.isArray(words.words) && { words: words.words.filter(isObject) as WordInfo[] }),
  });
}

function readOutputTranscription(value: unknown, events: ServerEvent[]): void {
  const words = readTranscription(value);
  if (words === null) return;
  events.push({
    type: 'outputTranscription',
    text: stringOf(words.text) ?? '',
    finished: words.finished === true,
  });
}

/** `null` also for the empty opener that Vertex sends: it says nothing. */
function readTranscription(value: unknown): { [K in keyof Transcription]: unknown } | null {
  const words = objectOf<{ [K in keyof Transcription]: unknown }>(value);
  if (words === null) return null;
  return stringOf(words.text) !== null || words.finished === true ? words : null;
}

function readPart(value: unknown, events: ServerEvent[]): void {
  const part = objectOf<{ [K in keyof Part]: unknown }>(value);
  if (part === null) return;
  const audio = readAudio(part);
  if (audio !== null) events.push(audio);
  else if (typeof part.text === 'string') {
    if (part.text !== '') events.push({ type: 'text', text: part.text, thought: part.thought === true });
  } else events.push({ type: 'part', part: part as Part });
}

/** `null` for a part that is no raw audio, or whose bytes cannot be read. */
function readAudio(part: { [K in keyof Part]: unknown }): ServerEvent | null {
  const blob = objectOf<{ mimeType?: unknown; data?: unknown }>(part.inlineData);
  if (blob === null || typeof blob.mimeType !== 'string' || typeof blob.data !== 'string') return null;
  const mime = parseAudioMimeType(blob.mimeType);
  const data = mime === null ? null : tryDecodeBase64(blob.data);
  if (mime === null || data === null) return null;
  const transcription = objectOf<Transcription>(part.audioTranscription);
  return { type: 'audio', data, sampleRate: mime.sampleRate ?? MODEL_SAMPLE_RATE, transcription };
}

function tryDecodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return decodeBase64(text);
  } catch {
    // The part is handed on as it came, so the caller can still see it.
    return null;
  }
}

/** Vertex sends empty metadata with every turn; it names no source. */
function readSources(content: { [K in keyof ServerContent]: unknown }, events: ServerEvent[]): void {
  const grounding = objectOf<GroundingMetadata>(content.groundingMetadata);
  if (grounding !== null && Object.keys(grounding).length > 0) events.push({ type: 'grounding', metadata: grounding });
  const pages = objectOf<UrlContextMetadata>(content.urlContextMetadata);
  if (pages !== null && Object.keys(pages).length > 0) events.push({ type: 'urlContext', metadata: pages });
}

function readToolCall(value: unknown, events: ServerEvent[]): void {
  const calls = listOf(objectOf<{ functionCalls?: unknown }>(value)?.functionCalls).filter(isObject).map(toCall);
  if (calls.length > 0) events.push({ type: 'toolCall', calls });
}

function toCall(call: FunctionCall): ReceivedFunctionCall {
  return { ...call, id: stringOf(call.id) ?? '', name: stringOf(call.name) ?? '', args: objectOf(call.args) ?? {} };
}

function readCancellation(value: unknown, events: ServerEvent[]): void {
  const ids = listOf(objectOf<{ ids?: unknown }>(value)?.ids).filter((id) => typeof id === 'string');
  if (ids.length > 0) events.push({ type: 'toolCallCancellation', ids });
}

function readVoiceActivity(value: unknown, events: ServerEvent[]): void {
  if (!isObject(value)) return;
  const edge = value.type === 'ACTIVITY_START' ? 'start' : value.type === 'ACTIVITY_END' ? 'end' : null;
  if (edge !== null) events.push({ type: 'voiceActivity', edge, audioOffsetMs: durationOf(value.audioOffset) });
}

function readVoiceSignal(value: unknown, events: ServerEvent[]): void {
  const type = objectOf<{ vadSignalType?: unknown }>(value)?.vadSignalType;
  const edge = type === 'VAD_SIGNAL_TYPE_SOS' ? 'start' : type === 'VAD_SIGNAL_TYPE_EOS' ? 'end' : null;
  if (edge !== null) events.push({ type: 'voiceActivity', edge, audioOffsetMs: null });
}

function readResumption(value: unknown, events: ServerEvent[]): void {
  if (!isObject(value)) return;
  const index = value.lastConsumedClientMessageIndex;
  events.push({
    type: 'sessionResumptionUpdate',
    handle: stringOf(value.newHandle),
    resumable: value.resumable === true,
    lastConsumedClientMessageIndex: index === undefined || index === null ? null : numberOf(index),
  });
}

function readGoAway(value: unknown, events: ServerEvent[]): void {
  if (isObject(value)) events.push({ type: 'goAway', timeLeftMs: durationOf(value.timeLeft) ?? 0 });
}

function durationOf(value: unknown): number | null {
  return typeof value === 'string' && isDuration(value) ? parseDuration(value) : null;
}
