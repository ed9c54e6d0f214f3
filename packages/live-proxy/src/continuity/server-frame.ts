import { GeminiWireError, parseServerMessage, type ServerEvent } from '@colloquy/live-protocol';
import { JsonWalk } from '../json/json-walk.ts';

/** A message of this size is parsed as it is: that costs less than looking for its media. */
const shortBytes = 512;

/** What a message of nothing but the model's voice says to those who only want to know that it speaks. */
export const voice: ServerEvent = { type: 'part', part: {} };

const signsOfNoLife: ReadonlySet<ServerEvent['type']> = new Set(['setupComplete', 'sessionResumptionUpdate', 'goAway']);

/** Whether a session that does not hear would not say it. */
export function isSignOfLife({ type }: ServerEvent): boolean {
  return !signsOfNoLife.has(type);
}

/**
 * All meanings of a message, but for the media in it: of a sound only that it is one. What cannot be read means nothing.
 */
export function readServerFrame(data: Buffer): readonly ServerEvent[] {
  try {
    return parseServerMessage(data.byteLength > shortBytes ? withoutMedia(data) : data);
  } catch (error) {
    if (error instanceof GeminiWireError) return [];
    throw error;
  }
}

/** The message with no base64 in the parts of the model's turn, so that sound is never decoded. */
function withoutMedia(data: Buffer): Buffer | string {
  const walk = new JsonWalk(data);
  let rest = '';
  let from = 0;
  const base64 = () => {
    const span = walk.stringSpan();
    if (span === null) return walk.skip();
    rest += data.toString('utf8', from, span[0]);
    from = span[1];
    return true;
  };
  const part = () => walk.member('inlineData', () => walk.member('data', base64));
  const parts = () => (walk.isAtArray ? walk.array(part) : walk.skip());
  const content = () => walk.member('modelTurn', () => walk.member('parts', parts));
  // What the walk does not understand is for the parser to refuse.
  if (!walk.member('serverContent', content) || from === 0) return data;
  return rest + data.toString('utf8', from);
}
