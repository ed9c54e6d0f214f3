import type { ClientRequest } from './client-request.ts';
import { isLiveProxyError, LiveProxyError } from './errors.ts';

/**
 * Says who asks. `null` refuses as not authenticated; a thrown {@link LiveProxyError} refuses with its code and message;
 * anything else that is thrown is an internal error of which the client learns nothing. `signal` aborts when the client
 * has left or the deadline has passed.
 */
export type Authenticate<Identity> = (
  request: ClientRequest,
  options: { readonly signal: AbortSignal },
) => Identity | null | Promise<Identity | null>;

/**
 * Runs the hook under a signal.
 *
 * @throws {@link LiveProxyError} `ERR_NOT_AUTHENTICATED`, what the hook threw, or `ERR_AUTHENTICATION_FAILED`.
 */
export async function authenticateClient<Identity>(
  authenticate: Authenticate<Identity>,
  request: ClientRequest,
  signal: AbortSignal,
): Promise<Identity> {
  let identity: Identity | null;
  try {
    signal.throwIfAborted();
    identity = await Promise.race([authenticate(request, { signal }), rejectOnAbort(signal)]);
  } catch (cause) {
    if (isLiveProxyError(cause)) throw cause;
    throw new LiveProxyError('ERR_AUTHENTICATION_FAILED', 'Who you are could not be checked; try again later.', {
      cause,
    });
  }
  if (identity === null || identity === undefined) {
    throw new LiveProxyError(
      'ERR_NOT_AUTHENTICATED',
      'This server does not know who you are; sign in or send a valid ticket.',
    );
  }
  return identity;
}

/** Never resolves; for racing something that may take too long. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
