import type { UsageMetadata } from '@colloquy/live-protocol';
import { JsonWalk } from '../json/json-walk.ts';
import { sampleRateOf } from '../media/sample-rate.ts';

/** What a message of the service says of the turn that it belongs to. */
export interface TurnNews {
  /** The token counts, if it has any. */
  readonly usage: UsageMetadata | null;
  /** The turn is over. */
  readonly isEnd: boolean;
  /** Of the model's voice in it. */
  readonly audioSeconds: number;
}

/**
 * Reads token counts, sound and the end of a turn where they stand in a message, and nowhere else; only the few hundred
 * bytes of the counts are parsed. As everywhere in JSON, the last one of equal names counts.
 */
export function readTurnNews(message: Buffer): TurnNews | null {
  const walk = new JsonWalk(message);
  let counts: readonly [start: number, end: number] | null = null;
  let isEnd = false;
  let audioSeconds = 0;
  const turnComplete = () => {
    const span = walk.valueSpan();
    isEnd = span !== null && isTrue(message, span[0], span[1]);
    return span !== null;
  };
  let partSeconds = 0;
  const blob = () => {
    partSeconds = 0;
    if (!walk.isAtObject) return walk.skip();
    let bytes = 0;
    let mimeType = '';
    const isWhole = walk.object((name) => {
      const value = name === 'data' ? walk.base64Bytes() : name === 'mimeType' ? walk.string() : null;
      if (name === 'data') bytes = 0;
      else if (name === 'mimeType') mimeType = '';
      if (value === null) return walk.skip();
      if (typeof value === 'number') bytes = value;
      else mimeType = value;
      return true;
    });
    if (/^audio\//i.test(mimeType)) partSeconds = bytes / 2 / sampleRateOf(mimeType, 'output');
    return isWhole;
  };
  const part = () => {
    partSeconds = 0;
    const isWhole = walk.member('inlineData', blob);
    audioSeconds += partSeconds;
    return isWhole;
  };
  const parts = () => {
    audioSeconds = 0;
    return walk.isAtArray ? walk.array(part) : walk.skip();
  };
  const content = (name: string) => {
    if (name === 'turnComplete') return turnComplete();
    if (name !== 'modelTurn') return walk.skip();
    audioSeconds = 0;
    return walk.member('parts', parts);
  };
  const isWhole =
    walk.isAtObject &&
    walk.object((name) => {
      if (name === 'usageMetadata') {
        counts = walk.valueSpan();
        return counts !== null;
      }
      if (name !== 'serverContent') return walk.skip();
      isEnd = false;
      audioSeconds = 0;
      return walk.isAtObject ? walk.object(content) : walk.skip();
    });
  if (!isWhole || !walk.isAtEnd) return null;
  return { usage: parse(message, counts), isEnd, audioSeconds };
}

function isTrue(message: Buffer, start: number, end: number): boolean {
  return end - start === 4 && message.toString('latin1', start, end) === 'true';
}

function parse(message: Buffer, span: readonly [start: number, end: number] | null): UsageMetadata | null {
  if (span === null) return null;
  try {
    return JSON.parse(message.toString('utf8', span[0], span[1]));
  } catch {
    return null; // the walk is more lenient than JSON
  }
}
