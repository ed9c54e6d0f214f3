/** Codes of {@link LiveProxyError}; `docs/errors.md` has a row for each. */
export type LiveProxyErrorCode =
  /** The request cannot be read. */
  | 'ERR_BAD_REQUEST'
  /** Who asks is not known: no ticket, no cookie, or a wrong one. */
  | 'ERR_NOT_AUTHENTICATED'
  /** Who asks is known and may not do this. */
  | 'ERR_NOT_ALLOWED'
  /** The page that asks is served from an origin that is not in `allowedOrigins`. */
  | 'ERR_ORIGIN_NOT_ALLOWED'
  /** The `authenticate` hook threw, or took too long. */
  | 'ERR_AUTHENTICATION_FAILED'
  /** Below the mount path, but no path that Gemini has. */
  | 'ERR_NO_SUCH_PATH'
  /** The proxy is closing. */
  | 'ERR_DRAINING'
  /** The first message was no valid setup, or its model or a field is not possible here. */
  | 'ERR_SETUP_INVALID'
  /** A second setup: the server decides it once. */
  | 'ERR_SETUP_REPEATED'
  /** No setup arrived in time. */
  | 'ERR_SETUP_TIMEOUT'
  /** The `setup` hook threw, took too long, or returned what no setup is. */
  | 'ERR_SETUP_HOOK_FAILED'
  /** What arrived is no WebSocket message: a broken frame or text that is not UTF-8. */
  | 'ERR_MESSAGE_INVALID'
  /** A message above `maxMessageBytes`. */
  | 'ERR_MESSAGE_TOO_LARGE'
  /** More than `maxQueuedBytes` before the upstream was open. */
  | 'ERR_QUEUE_FULL'
  /** The identity has as many sessions as it may have. */
  | 'ERR_TOO_MANY_SESSIONS'
  /** More bytes, sound or pictures than the client may send. */
  | 'ERR_TOO_FAST'
  /** The tokens of the session or of its identity are spent. */
  | 'ERR_BUDGET_SPENT'
  /** The session has lasted as long as it may. */
  | 'ERR_SESSION_TOO_LONG'
  /** Nobody said anything for as long as that may be. */
  | 'ERR_IDLE'
  /** The client did not answer pings. */
  | 'ERR_CLIENT_SILENT'
  /** The client did not read what was sent to it. */
  | 'ERR_CLIENT_STUCK'
  /** No credential for the upstream could be had. */
  | 'ERR_UPSTREAM_CREDENTIALS'
  /** No connection to the upstream: name, network or TLS. */
  | 'ERR_UPSTREAM_UNREACHABLE'
  /** The upstream answered the handshake with an HTTP error. */
  | 'ERR_UPSTREAM_REFUSED'
  /** The upstream did not answer in time. */
  | 'ERR_UPSTREAM_TIMEOUT'
  /** The connection to the upstream broke, or it sent what cannot be forwarded. */
  | 'ERR_UPSTREAM_LOST'
  /** The upstream did not read what was sent to it. */
  | 'ERR_UPSTREAM_STUCK'
  /** A fault of this package. */
  | 'ERR_INTERNAL';

/**
 * What the proxy refuses or cannot do. The message names the thing, the value and the remedy; it may be shown to the
 * client and never holds a secret. What a hook throws on purpose, such as `authenticate`, is one of these.
 */
export class LiveProxyError extends Error {
  override readonly name = 'LiveProxyError';
  /** Stable code to branch on. */
  readonly code: LiveProxyErrorCode;

  constructor(code: LiveProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A setup that Gemini would refuse, refused before dialling with Gemini's own close code and words. The message adds
 * where and what to change.
 *
 * @internal
 */
export class SetupInvalidError extends LiveProxyError {
  readonly closeCode: number;
  readonly reason: string;

  constructor(closeCode: number, reason: string, message: string = reason) {
    super('ERR_SETUP_INVALID', message);
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** Whether `error` is a {@link LiveProxyError}, also one of another copy of this package. */
export function isLiveProxyError(error: unknown): error is LiveProxyError {
  return error instanceof Error && error.name === 'LiveProxyError' && 'code' in error;
}
