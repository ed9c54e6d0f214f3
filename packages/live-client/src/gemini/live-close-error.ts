import { describeGeminiClose } from '@colloquy/live-protocol';
import { toCloseError } from '../connection/close-error.ts';
import type { SocketClosing } from '../connection/socket-port.ts';
import { LiveClientError } from '../errors.ts';

/** A close of the Gemini wire as an error, and what it means for the handle of the session. */
export interface LiveClosing {
  readonly error: LiveClientError;
  readonly dropHandle: boolean;
}

/**
 * What the close of a session's socket means. Codes from 4400 are the proxy's own, those the network makes up are the
 * network's, and the rest are Gemini's, with the words of its status.
 */
export function toLiveClosing(closing: SocketClosing, ready: boolean): LiveClosing {
  const { code, reason } = closing;
  if (code >= 4400 || networkCodes.has(code)) return { error: toCloseError(closing, ready), dropHandle: false };
  const { retryable, dropHandle, hint } = describeGeminiClose(code, reason);
  const what = ready ? 'The model ended the session' : 'The setup was refused';
  const said = reason === '' ? '.' : `: "${reason}".`;
  const error = new LiveClientError(
    ready ? 'ERR_UPSTREAM_FAILED' : 'ERR_SETUP_REFUSED',
    `${what} (close code ${code})${said}`,
    { closeCode: code, reason, hint, retryable },
  );
  return { error, dropHandle };
}

/** Going away, no code, and broken: told by browsers, not by Gemini. */
const networkCodes: ReadonlySet<number> = new Set([1001, 1005, 1006]);
