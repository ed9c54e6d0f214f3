/** Bytes without which a JSON text cannot have a member named `setup`: the name, or an escape that may spell it. */
const setupBytes = Buffer.from('setup');
const escapeBytes = Buffer.from('\\u');

/**
 * Whether a client's message may be forwarded after the setup; `setup` is the server's, and is said once.
 *
 * Nearly all messages are audio, in which neither the name nor an escape occurs, so the search settles it without
 * parsing. What contains one is parsed, because a search cannot tell a member from a word somebody typed.
 *
 * - `setup`: it has a member `setup`, wherever it stands and however it is spelled.
 * - `unreadable`: it contains the word and is no JSON object; a lenient reader might still find a setup in it.
 */
export function inspectLaterMessage(data: Buffer): 'harmless' | 'setup' | 'unreadable' {
  if (!data.includes(setupBytes) && !data.includes(escapeBytes)) return 'harmless';
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return 'unreadable';
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return 'unreadable';
  return Object.hasOwn(message, 'setup') ? 'setup' : 'harmless';
}
