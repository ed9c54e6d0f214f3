/** A JSON text has a member named `setup` only if it holds these bytes, or an escape that spells one of its letters. */
const setupBytes = Buffer.from('setup');
const escapeBytes = Buffer.from('\\u00');
const escapedLetter = /\\u00(?:65|7[0345])/;

/**
 * Whether a client's message may be forwarded after the setup; `setup` is the server's, and is said once.
 *
 * Nearly all messages are audio, in which neither the name nor such an escape occurs, so a search settles it without
 * parsing. What contains one is parsed, because a search cannot tell a member from a word somebody typed.
 *
 * - `setup`: it has a member `setup`, wherever it stands and however it is spelled.
 * - `unreadable`: it may name a setup and is no JSON object; a lenient reader might still find a setup in it.
 */
export function inspectLaterMessage(data: Buffer): 'harmless' | 'setup' | 'unreadable' {
  if (!mayNameSetup(data)) return 'harmless';
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return 'unreadable';
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return 'unreadable';
  return Object.hasOwn(message, 'setup') ? 'setup' : 'harmless';
}

function mayNameSetup(data: Buffer): boolean {
  if (data.includes(setupBytes)) return true;
  return data.includes(escapeBytes) && escapedLetter.test(data.toString('latin1'));
}
