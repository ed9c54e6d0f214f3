import { type Authenticate, authenticateClient } from './authentication.ts';
import type { ClientRequest } from './client-request.ts';
import { Deadline } from './deadline.ts';
import { LiveProxyError } from './errors.ts';
import type { OriginCheck } from './same-origin.ts';
import { redactError, redactKnownShapes } from './upstream/redact.ts';

/** Options of {@link admit}. */
export interface AdmitOptions {
  readonly isAllowedOrigin: OriginCheck;
  /** `null` admits everybody. */
  readonly authenticate: Authenticate<unknown> | null;
  /** Longest run of `authenticate`, in milliseconds; `0` waits forever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Decides whether a client may connect, and returns its identity: `null` where nobody is authenticated.
 *
 * @throws {@link LiveProxyError} `ERR_ORIGIN_NOT_ALLOWED`, `ERR_NOT_AUTHENTICATED`, `ERR_AUTHENTICATION_FAILED`, or what
 * `authenticate` threw on purpose; or the reason of `signal`.
 */
export async function admit(request: ClientRequest, options: AdmitOptions): Promise<unknown> {
  const { isAllowedOrigin, authenticate, timeoutMs, signal } = options;
  if (!isAllowedOrigin(request)) {
    const origin = JSON.stringify(request.headers.get('origin'));
    throw new LiveProxyError(
      'ERR_ORIGIN_NOT_ALLOWED',
      `Pages of ${origin} may not connect: they are not in allowedOrigins.`,
    );
  }
  if (authenticate === null) return null;
  const deadline = new Deadline({ timeoutMs, error: () => tooSlow(timeoutMs), signal });
  try {
    return await authenticateClient(authenticate, request, deadline.signal);
  } catch (error) {
    if (error instanceof LiveProxyError && error.cause !== undefined) {
      // What the hook threw may hold its request to a login service.
      throw new LiveProxyError(error.code, error.message, { cause: redactError(error.cause, redactKnownShapes) });
    }
    throw error;
  } finally {
    deadline.clear();
  }
}

function tooSlow(timeoutMs: number): LiveProxyError {
  const cause = new Error(`authenticate took longer than handshakeTimeoutMs ${timeoutMs}`);
  return new LiveProxyError('ERR_AUTHENTICATION_FAILED', 'Who you are could not be checked in time; try again later.', {
    cause,
  });
}
