import type { GeminiCloseMeaning } from '@colloquy/live-protocol';
import { toCloseError } from '../connection/close-error.ts';
import type { SocketClosing } from '../connection/socket-port.ts';
import { LiveClientError } from '../errors.ts';

/** A close of the Gemini wire as an error, and what it means for the handle of the session. */
export interface LiveClosing {
  readonly error: LiveClientError;
  readonly dropHandle: boolean;
}

/** Explains a close of Gemini's. */
type DescribeClose = (code: number, reason: string) => Pick<GeminiCloseMeaning, 'retryable' | 'dropHandle' | 'hint'>;

/** For as long as the table of what is known of closes has not been loaded: what the codes usually mean. */
const describeByCode: DescribeClose = (code) => ({
  retryable: code !== 1007 && code !== 1008 && code !== 1009,
  dropHandle: false,
  hint: 'Correct what the reason names, or connect again.',
});

/** Explains closes, from a table that is a chunk of its own and is loaded while a session is being opened. */
export class KnownCloses {
  #describe: DescribeClose | null = null;

  /** Loads the table. Without it errors say less; the next call tries again. */
  load(): void {
    if (this.#describe) return;
    import('@colloquy/live-protocol/describe-close').then(
      ({ describeGeminiClose }) => {
        this.#describe = describeGeminiClose;
      },
      () => {},
    );
  }

  /** What the close of a session's socket means. */
  read(closing: SocketClosing, ready: boolean): LiveClosing {
    return toLiveClosing(closing, ready, this.#describe ?? describeByCode);
  }
}

/**
 * What the close of a session's socket means. Codes from 4400 are the proxy's own, those the network makes up are the
 * network's, and the rest are Gemini's, with the words of its status.
 */
function toLiveClosing(closing: SocketClosing, ready: boolean, describe: DescribeClose): LiveClosing {
  const { code, reason } = closing;
  if (code >= 4400 || networkCodes.has(code)) return { error: toCloseError(closing, ready), dropHandle: false };
  const { retryable, dropHandle, hint } = describe(code, reason);
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
