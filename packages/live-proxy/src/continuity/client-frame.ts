import { type Backend, type Content, parseClientFrame } from '@colloquy/live-protocol';
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

/** One blob in one realtime input; the tail makes sure that nothing else is in the message. */
const mediaHead = /^\s*\{\s*"(?:realtimeInput|realtime_input)"\s*:\s*\{\s*"(audio|video|mediaChunks|media_chunks)"\s*:/;
const mediaTail = /"\s*\}\s*\]?\s*\}\s*\}\s*$/;
const pictureType = /"image\//;
const headBytes = 128;
const tailBytes = 16;

/** Tells media by its first and last bytes; only the few other messages are parsed. */
export function classifyClientFrame(data: Buffer, backend: Backend): ClientFrameKind {
  const media = mediaKind(data);
  if (media !== null) return media;
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
  if (realtimeInput?.audio !== undefined) return { type: 'audio' };
  if (realtimeInput?.video !== undefined) return { type: 'picture' };
  if (toolResponse !== undefined) {
    return { type: 'toolResponse', callIds: (toolResponse.functionResponses ?? []).map(({ id }) => id ?? '') };
  }
  return { type: 'other' };
}

function mediaKind(data: Buffer): ClientFrameKind | null {
  const head = mediaHead.exec(data.toString('latin1', 0, headBytes));
  if (head === null) return null;
  const tail = data.toString('latin1', Math.max(0, data.byteLength - tailBytes));
  if (!mediaTail.test(tail)) return null;
  if (head[1] === 'audio') return { type: 'audio' };
  if (head[1] === 'video') return { type: 'picture' };
  return { type: pictureType.test(data.toString('latin1', 0, headBytes)) ? 'picture' : 'audio' };
}

/** Only words: pictures and files in a turn are not kept, and a new system instruction was not said by anybody. */
function toHistoryTurn({ role = 'user', parts = [] }: Content): readonly HistoryTurn[] {
  const text = parts.map((part) => part.text ?? '').join('');
  if (text === '' || (role !== 'user' && role !== 'model')) return [];
  return [{ role, text }];
}
