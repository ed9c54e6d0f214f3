import type { UsageMetadata } from '@colloquy/live-protocol';

const name = Buffer.from('"usageMetadata"');
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The token counts in a message of the service, if it has any. Inside of texts the name's quotes would be escaped, so a
 * search finds nothing else; only the few hundred bytes of the counts are parsed.
 */
export function readUsage(message: Buffer): UsageMetadata | null {
  const at = message.indexOf(name);
  if (at === -1) return null;
  const [gap] =
    /^\s*:\s*(?=\{)/.exec(message.toString('latin1', at + name.byteLength, at + name.byteLength + 16)) ?? [];
  if (gap === undefined) return null;
  const start = at + name.byteLength + gap.length;
  // Names of modalities and tiers hold no braces.
  let depth = 0;
  for (let end = start; end < message.byteLength; end += 1) {
    if (message[end] === openBrace) depth += 1;
    else if (message[end] === closeBrace) depth -= 1;
    if (depth === 0) return parse(message.toString('utf8', start, end + 1));
  }
  return null;
}

function parse(json: string): UsageMetadata | null {
  try {
    return JSON.parse(json);
  } catch {
    return null; // a string in which the name stands by itself; then there are no counts
  }
}
