import { beforeAbort, Deadline } from '../deadline.ts';
import { LiveProxyError } from '../errors.ts';
import type { SocketPort } from '../socket-port.ts';
import { HandshakeRefusedError, openWire } from '../wire/open-wire.ts';
import { WireSocket, type WireSocketOptions } from '../wire/wire-socket.ts';
import { createRedact, redactError } from './redact.ts';
import type { Upstream, UpstreamTarget } from './upstream.ts';

/** Options of {@link dialUpstream}. */
export interface DialOptions {
  /** Aborting it ends the attempt; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Longest wait for the credential and the handshake together, in milliseconds; `0` waits forever. @defaultValue 10_000 */
  readonly handshakeTimeoutMs?: number;
  /** Largest message that the upstream may send, in bytes; `0` is no limit. @defaultValue 16 MiB */
  readonly maxMessageBytes?: number;
}

/**
 * Opens a connection to an upstream. Nothing is sent on it yet. Close reasons arrive without credentials.
 *
 * @throws {@link LiveProxyError} `ERR_UPSTREAM_CREDENTIALS`, `ERR_UPSTREAM_UNREACHABLE`, `ERR_UPSTREAM_REFUSED`,
 * `ERR_UPSTREAM_TIMEOUT`; or the reason of `signal`.
 */
export async function dialUpstream(upstream: Upstream, options: DialOptions = {}): Promise<SocketPort> {
  const { handshakeTimeoutMs = 10_000, maxMessageBytes = 16 * 1024 * 1024 } = options;
  const deadline = new Deadline({
    timeoutMs: handshakeTimeoutMs,
    error: () => timeoutError(upstream, handshakeTimeoutMs),
    signal: options.signal,
  });
  const { signal } = deadline;
  try {
    signal.throwIfAborted();
    // A credential that arrives after the client has left is not dialled with: that would leak a connection.
    const target = await beforeAbort(upstream.target(), signal);
    try {
      return await openSocket(upstream, target, signal, maxMessageBytes);
    } catch (error) {
      // A token may be refused before its time, for instance when its key was changed.
      if (!isCredentialRefused(error) || !upstream.refused?.(target)) throw error;
    }
    const renewed = await beforeAbort(upstream.target(), signal);
    return await openSocket(upstream, renewed, signal, maxMessageBytes);
  } catch (error) {
    throw error instanceof HandshakeRefusedError ? refusedError(upstream, error.status) : error;
  } finally {
    deadline.clear();
  }
}

function isCredentialRefused(error: unknown): boolean {
  return error instanceof HandshakeRefusedError && (error.status === 401 || error.status === 403);
}

async function openSocket(
  upstream: Upstream,
  { url, headers }: UpstreamTarget,
  signal: AbortSignal,
  maxMessageBytes: number,
): Promise<SocketPort> {
  const redact = createRedact({ url, headers });
  try {
    const { socket, head } = await openWire({ url, headers, signal });
    return new WireSocket(socket, head, { ...socketOptions, maxMessageBytes }, redact);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof HandshakeRefusedError) throw error;
    throw unreachableError(upstream, redactError(error, redact));
  }
}

const violation = (code: number) => ({ code, reason: '' });

const socketOptions: Omit<WireSocketOptions, 'maxMessageBytes'> = {
  role: 'client',
  isBorrowing: false,
  closeTimeoutMs: 30_000,
  violations: { 1002: violation(1002), 1007: violation(1007), 1008: violation(1008), 1009: violation(1009) },
};

/** The credential and the handshake together took too long. */
export function timeoutError(upstream: Upstream, timeoutMs: number): LiveProxyError {
  return new LiveProxyError(
    'ERR_UPSTREAM_TIMEOUT',
    `${upstream.describe()} did not complete the handshake within handshakeTimeoutMs ${timeoutMs}.`,
  );
}

function unreachableError(upstream: Upstream, cause: Error): LiveProxyError {
  return new LiveProxyError(
    'ERR_UPSTREAM_UNREACHABLE',
    `${upstream.describe()} cannot be reached: ${cause.message || ('code' in cause ? cause.code : cause.name)}.`,
    { cause },
  );
}

function refusedError(upstream: Upstream, status: number): LiveProxyError {
  return new LiveProxyError(
    'ERR_UPSTREAM_REFUSED',
    `${upstream.describe()} refused the handshake with HTTP status ${status}; ${remedyOf(status)}.`,
  );
}

function remedyOf(status: number): string {
  if (status === 401 || status === 403) return 'check the credential and what it may do';
  if (status === 404) return 'check the URL, the location and the API version';
  if (status === 429) return 'the quota is spent, try later';
  if (status >= 300 && status < 400) return 'redirects are not followed, set the final URL';
  return 'try later';
}
