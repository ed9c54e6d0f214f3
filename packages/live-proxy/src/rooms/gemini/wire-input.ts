import type { WaitingInput } from './input-queue.ts';

/** One message to the model as it goes over the wire. Made here and nowhere else, so that audio is never parsed again. */
export type WireMessage = string;

/** PCM16 mono 16 kHz. Base64 needs no escaping, so the frame is put together without a JSON encoder. */
export function audioMessage(samples: Int16Array): WireMessage {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return `{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"${bytes.toString('base64')}"}}}`;
}

/** The microphones pause. */
export const audioStreamEndMessage: WireMessage = '{"realtimeInput":{"audioStreamEnd":true}}';

/** People begin to speak, where the room finds that out. */
export const activityStartMessage: WireMessage = '{"realtimeInput":{"activityStart":{}}}';

/** People have finished: an answer is wanted. */
export const activityEndMessage: WireMessage = '{"realtimeInput":{"activityEnd":{}}}';

/** A line within what is being said. */
export function realtimeTextMessage(text: string): WireMessage {
  return JSON.stringify({ realtimeInput: { text } });
}

/** A still picture. */
export function imageMessage(bytes: Uint8Array, mimeType: string): WireMessage {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return JSON.stringify({ realtimeInput: { video: { mimeType, data } } });
}

/** A typed turn that asks for an answer, the way this model takes it. */
export function textMessage(text: string, textInput: 'clientContent' | 'realtimeInput'): WireMessage {
  if (textInput === 'realtimeInput') return realtimeTextMessage(text);
  return JSON.stringify({ clientContent: { turns: [userTurn(text)], turnComplete: true } });
}

/** Something to know, without asking for an answer. */
export function contextMessage(text: string): WireMessage {
  return JSON.stringify({ clientContent: { turns: [userTurn(text)], turnComplete: false } });
}

/** The answer to a function call. */
export function toolResponseMessage(input: Extract<WaitingInput, { readonly type: 'toolResponse' }>): WireMessage {
  const { callId: id, name, response, scheduling, willContinue } = input;
  return JSON.stringify({ toolResponse: { functionResponses: [{ id, name, response, scheduling, willContinue }] } });
}

function userTurn(text: string): object {
  return { role: 'user', parts: [{ text }] };
}
