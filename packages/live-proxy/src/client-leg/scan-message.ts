import type { ClientMessageKind } from '@colloquy/live-protocol';
import { JsonWalk } from '../json/json-walk.ts';
import { sampleRateOf } from '../media/sample-rate.ts';

/** What a client's message is, as far as limits and permissions are concerned. */
export interface MessageScan {
  /** In the order of the message, which should have one; `null` for names that the wire does not have. */
  readonly kinds: readonly (ClientMessageKind | null)[];
  readonly audioSeconds: number;
  readonly pictures: number;
}

interface Tally {
  audioSeconds: number;
  pictures: number;
}

const kindOf: ReadonlyMap<string, ClientMessageKind> = new Map<string, ClientMessageKind>([
  ['setup', 'setup'],
  ['realtimeInput', 'realtimeInput'],
  ['realtime_input', 'realtimeInput'],
  ['clientContent', 'clientContent'],
  ['client_content', 'clientContent'],
  ['toolResponse', 'toolResponse'],
  ['tool_response', 'toolResponse'],
  ['contextUpdate', 'contextUpdate'],
  ['context_update', 'contextUpdate'],
]);

/**
 * Reads what a message is without parsing it, at the price of a few native searches. Only what is not live input, and so
 * is rare, is parsed when `media` is asked for. `null` for what is no JSON object.
 */
export function scanMessage(data: Buffer, { media }: { readonly media: boolean }): MessageScan | null {
  const kinds: (ClientMessageKind | null)[] = [];
  const tally: Tally = { audioSeconds: 0, pictures: 0 };
  const walk = new JsonWalk(data);
  let isRare = false;
  const isWhole = walk.object((name) => {
    const kind = kindOf.get(name) ?? null;
    kinds.push(kind);
    if (kind !== 'realtimeInput') isRare = true;
    return media && kind === 'realtimeInput' && walk.isAtObject ? realtimeInput(walk, tally) : walk.skip();
  });
  if (!isWhole || !walk.isAtEnd) return null;
  if (media && isRare && !countNested(data, tally)) return null;
  return { kinds, ...tally };
}

function realtimeInput(walk: JsonWalk, tally: Tally): boolean {
  return walk.object((name) => {
    switch (name) {
      case 'audio':
        return blob(walk, tally, 'audio');
      case 'video':
        return blob(walk, tally, 'picture');
      case 'mediaChunks':
      case 'media_chunks':
        return walk.isAtArray ? walk.array(() => blob(walk, tally, null)) : blob(walk, tally, null);
      default:
        return walk.skip();
    }
  });
}

/** @param field What the field is for; `null` where the MIME type says it. */
function blob(walk: JsonWalk, tally: Tally, field: 'audio' | 'picture' | null): boolean {
  if (!walk.isAtObject) return walk.skip();
  let bytes = 0;
  let mimeType = '';
  const isWhole = walk.object((name) => {
    if (name === 'data') {
      const length = walk.base64Bytes();
      if (length === null) return walk.skip();
      bytes += length;
      return true;
    }
    if (name !== 'mimeType' && name !== 'mime_type') return walk.skip();
    const text = walk.string();
    if (text === null) return walk.skip();
    mimeType = text;
    return true;
  });
  const isPicture = field === null ? /^(?:image|video)\//i.test(mimeType) : field === 'picture';
  count(tally, bytes, mimeType, isPicture);
  return isWhole;
}

function count(tally: Tally, bytes: number, mimeType: string, isPicture: boolean): void {
  if (isPicture) {
    tally.pictures += 1;
    return;
  }
  tally.audioSeconds += bytes / 2 / sampleRateOf(mimeType, 'input');
}

/** Counts pictures and sound in turns and tool responses. */
function countNested(data: Buffer, tally: Tally): boolean {
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return false;
  }
  // Live input was counted by the walk.
  const { realtimeInput: _, realtime_input: __, ...others } = message as Record<string, unknown>;
  const waiting: unknown[] = [others];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const { mimeType, mime_type: snakeType, data: content } = value as Record<string, unknown>;
    const type = String(mimeType ?? snakeType ?? '');
    const isPicture = /^(?:image|video)\//i.test(type);
    if (typeof content === 'string' && (isPicture || /^audio\//i.test(type))) {
      count(tally, Math.floor((content.length * 3) / 4), type, isPicture);
    }
    for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) waiting.push(member);
  }
  return true;
}
