import { GeminiWireError, parseServerMessage, type ServerEvent } from '@colloquy/live-protocol';

/** A message of this size is parsed whatever it is: that costs less than looking. */
const shortBytes = 512;
const headBytes = 160;
const tailBytes = 512;
/** Base64 has no quotes, so these are found only where they are members. */
const notOnlyMedia = /"(?:turnComplete|generationComplete|interrupted|toolCall|goAway|sessionResumptionUpdate)"/;
const transcription = /"outputTranscription"\s*:\s*\{[^{}]*\}/;

/** What a long message of the model's voice says beside the voice, for those who only want to know that it speaks. */
export const voice: ServerEvent = { type: 'part', part: {} };

/**
 * The meanings of a message that matter to continuity. Audio is told by its first and last bytes and never parsed: it
 * counts as a part, with the words that stand behind it. What cannot be read means nothing.
 */
export function readServerFrame(data: Buffer): readonly ServerEvent[] {
  if (data.byteLength > shortBytes && data.toString('latin1', 0, headBytes).includes('"modelTurn"')) {
    const tail = data.toString('utf8', data.byteLength - tailBytes);
    if (!notOnlyMedia.test(tail)) return [voice, ...wordsIn(tail)];
  }
  try {
    return parseServerMessage(data);
  } catch (error) {
    if (error instanceof GeminiWireError) return [];
    throw error;
  }
}

function wordsIn(tail: string): readonly ServerEvent[] {
  const found = transcription.exec(tail);
  if (found === null) return [];
  try {
    return parseServerMessage(`{"serverContent":{${found[0]}}}`);
  } catch {
    // Words with braces in them are cut by the pattern; they are missing in the memory of the session, and nowhere else.
    return [];
  }
}
