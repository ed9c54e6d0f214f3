/** Codes of {@link LiveProxyError}; `docs/errors.md` has a row for each. */
export type LiveProxyErrorCode =
  /** Who asks is not known: no ticket, no cookie, or a wrong one. */
  | 'ERR_NOT_AUTHENTICATED'
  /** Who asks is known and may not do this. */
  | 'ERR_NOT_ALLOWED'
  /** The page that asks is served from an origin that is not in `allowedOrigins`. */
  | 'ERR_ORIGIN_NOT_ALLOWED'
  /** The `authenticate` hook threw, or took too long. */
  | 'ERR_AUTHENTICATION_FAILED'
  /** The first message was no valid setup, or its model or a field is not possible here. */
  | 'ERR_SETUP_INVALID'
  /** No credential for the upstream could be had. */
  | 'ERR_UPSTREAM_CREDENTIALS'
  /** The upstream answered the handshake with an HTTP error. */
  | 'ERR_UPSTREAM_REFUSED'
  /** The upstream did not answer in time. */
  | 'ERR_UPSTREAM_TIMEOUT'
  /** No connection to the upstream: name, network or TLS. */
  | 'ERR_UPSTREAM_UNREACHABLE';

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

/** Whether `error` is a {@link LiveProxyError}, also one of another copy of this package. */
export function isLiveProxyError(error: unknown): error is LiveProxyError {
  return error instanceof Error && error.name === 'LiveProxyError' && 'code' in error;
}
