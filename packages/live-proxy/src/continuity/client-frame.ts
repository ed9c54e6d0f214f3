import { type Backend, type Content, type MediaBlob, parseClientFrame } from '@colloquy/live-protocol';
import { readClientMedia } from '../media/whole-media.ts';
import type { HistoryTurn } from './history.ts';

/** One WebSocket message of a client, as it arrived. */
export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What a client's message is for the continuity of its session. */
export type ClientFrameKind =
  | { readonly type: 'audio' }
  | { readonly type: 'picture' }
  /** Asks for an answer; without turns where only the turn is closed. */
  | { readonly type: 'ask'; readonly turns: readonly HistoryTurn[]; readonly isRealtime: boolean }
  /** Something to know, without asking for an answer. */
  | { readonly type: 'note'; readonly turns: readonly HistoryTurn[] }
  | { readonly type: 'toolResponse'; readonly callIds: readonly string[] }
  | { readonly type: 'activity'; readonly edge: 'start' | 'end' }
  /** Anything else, also what Gemini will refuse. */
  | { readonly type: 'other' };

/** What messages are that are nothing but media. */
export const mediaKinds = { audio: { type: 'audio' }, picture: { type: 'picture' } } as const;

/** Tells media that stands alone in its message without decoding it; only the few other messages are parsed. */
export function classifyClientFrame(data: Buffer, backend: Backend): ClientFrameKind {
  const media = readClientMedia(data);
  if (media !== null) return media.isPicture ? mediaKinds.picture : mediaKinds.audio;
  const parsed = parseClientFrame(data, { backend });
  if (!parsed.ok) return { type: 'other' };
  const { clientContent, realtimeInput, toolResponse } = parsed.message;
  if (clientContent !== undefined) {
    const turns = (clientContent.turns ?? []).flatMap(toHistoryTurn);
    return clientContent.turnComplete === true ? { type: 'ask', turns, isRealtime: false } : { type: 'note', turns };
  }
  if (realtimeInput?.text !== undefined) {
    return { type: 'ask', turns: [{ role: 'user', text: realtimeInput.text }], isRealtime: true };
  }
  if (realtimeInput?.activityStart !== undefined) return { type: 'activity', edge: 'start' };
  if (realtimeInput?.activityEnd !== undefined) return { type: 'activity', edge: 'end' };
  const chunks = realtimeInput?.mediaChunks ?? [];
  if (realtimeInput?.audio !== undefined || chunks.some((chunk) => !isPicture(chunk))) return mediaKinds.audio;
  if (realtimeInput?.video !== undefined || chunks.length > 0) return mediaKinds.picture;
  if (toolResponse !== undefined) {
    return { type: 'toolResponse', callIds: (toolResponse.functionResponses ?? []).map(({ id }) => id ?? '') };
  }
  return { type: 'other' };
}

function isPicture({ mimeType = '' }: MediaBlob): boolean {
  return /^(?:image|video)\//i.test(mimeType);
}

/** Only words: pictures and files in a turn are not kept, and a new system instruction was not said by anybody. */
function toHistoryTurn({ role = 'user', parts = [] }: Content): readonly HistoryTurn[] {
  const text = parts.map((part) => part.text ?? '').join('');
  if (text === '' || (role !== 'user' && role !== 'model')) return [];
  return [{ role, text }];
}
