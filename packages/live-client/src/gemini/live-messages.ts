import type { ClientMessage, FunctionResponse, ModelProfile, Setup } from '@colloquy/live-protocol';
import { encodeBase64 } from '@colloquy/live-protocol';

/** First message of a connection; with a handle it continues a session. */
export function setupMessage(setup: Setup, handle: string | null): ClientMessage {
  const sessionResumption = handle === null ? { ...setup.sessionResumption } : { ...setup.sessionResumption, handle };
  return { setup: { ...setup, sessionResumption } };
}

/** A typed turn that asks for an answer, the way this model takes it. */
export function textMessage(text: string, textInput: ModelProfile['textInput']): ClientMessage {
  if (textInput === 'realtimeInput') return { realtimeInput: { text } };
  return { clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } };
}

/** PCM16 of a machine is little-endian on every machine that has a browser. */
export function audioMessage(samples: Int16Array): ClientMessage {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: encodeBase64(bytes) } } };
}

/** A still picture. */
export function pictureMessage(bytes: Uint8Array, mimeType: string): ClientMessage {
  return { realtimeInput: { video: { mimeType, data: encodeBase64(bytes) } } };
}

/** Answers to function calls. */
export function toolResponseMessage(functionResponses: readonly FunctionResponse[]): ClientMessage {
  return { toolResponse: { functionResponses: [...functionResponses] } };
}

/** The microphone pauses: what was heard counts as complete. */
export const AUDIO_STREAM_END: ClientMessage = { realtimeInput: { audioStreamEnd: true } };

/** Any `clientContent` cuts a running answer; without `turnComplete` it asks for none. */
export const STOP_ANSWER: ClientMessage = { clientContent: { turnComplete: false } };

/** Push-to-talk, for a setup whose automatic activity detection is disabled. */
export const ACTIVITY_START: ClientMessage = { realtimeInput: { activityStart: {} } };
export const ACTIVITY_END: ClientMessage = { realtimeInput: { activityEnd: {} } };
