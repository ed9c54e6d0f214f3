import { isLiveProxyError, LiveProxyError } from './errors.ts';
import type { LiveProxyLimits } from './limits.ts';
import { setupComesFirst } from './setup-decision.ts';
import type { SocketFault } from './socket-port.ts';
import { redactError, redactKnownShapes } from './upstream/redact.ts';

/** The errors that end a session, in words for whoever can do something about them. */

export function setupLate({ firstMessageTimeoutMs }: LiveProxyLimits): LiveProxyError {
  const message = `No setup arrived within ${firstMessageTimeoutMs} ms; send {"setup":{"model":...}} first.`;
  return new LiveProxyError('ERR_SETUP_TIMEOUT', message);
}

export function setupRepeated(): LiveProxyError {
  return new LiveProxyError('ERR_SETUP_REPEATED', setupComesFirst);
}

export function messageInvalid(fault?: SocketFault): LiveProxyError {
  const message = fault?.error.message ?? 'Invalid JSON payload received. Unexpected token.';
  return new LiveProxyError('ERR_MESSAGE_INVALID', message);
}

export function messageTooLarge({ maxMessageBytes }: LiveProxyLimits): LiveProxyError {
  return new LiveProxyError(
    'ERR_MESSAGE_TOO_LARGE',
    `A message is larger than ${maxMessageBytes} bytes; send less at once.`,
  );
}

export function queueFull({ maxQueuedBytes }: LiveProxyLimits): LiveProxyError {
  const message = `More than ${maxQueuedBytes} bytes before setupComplete; wait for it.`;
  return new LiveProxyError('ERR_QUEUE_FULL', message);
}

export function leaseLost({ sessionsPerIdentity }: LiveProxyLimits): LiveProxyError {
  const message = `Others hold the sessionsPerIdentity ${sessionsPerIdentity} sessions you may have; end one of them.`;
  return new LiveProxyError('ERR_TOO_MANY_SESSIONS', message);
}

export function waitingFull(maxBytes: number): LiveProxyError {
  const message = `More than ${maxBytes} bytes of messages while the model is reconnected; send less, or later.`;
  return new LiveProxyError('ERR_QUEUE_FULL', message);
}

export function upstreamDown(upstream: string, pauseMs: number): LiveProxyError {
  const message = `${upstream} failed several times in a row; it is not dialled for another ${Math.ceil(pauseMs)} ms.`;
  return new LiveProxyError('ERR_UPSTREAM_UNREACHABLE', message);
}

export function clientStuck({ stuckTimeoutMs }: LiveProxyLimits): LiveProxyError {
  const message = `The client read too slowly for ${stuckTimeoutMs} ms; connect again.`;
  return new LiveProxyError('ERR_CLIENT_STUCK', message);
}

export function draining(): LiveProxyError {
  return new LiveProxyError('ERR_DRAINING', 'This server is closing; connect again to reach another one.');
}

export function upstreamSilent(upstream: string, { firstMessageTimeoutMs }: LiveProxyLimits): LiveProxyError {
  const message = `${upstream} did not answer the setup within firstMessageTimeoutMs ${firstMessageTimeoutMs}.`;
  return new LiveProxyError('ERR_UPSTREAM_TIMEOUT', message);
}

export function upstreamStuck(upstream: string, { stuckTimeoutMs }: LiveProxyLimits): LiveProxyError {
  return new LiveProxyError('ERR_UPSTREAM_STUCK', `${upstream} read too slowly for stuckTimeoutMs ${stuckTimeoutMs}.`);
}

export function upstreamLost(upstream: string, fault: SocketFault | null): LiveProxyError {
  const what = fault === null ? 'without a close frame' : `(${fault.error.message})`;
  return new LiveProxyError('ERR_UPSTREAM_LOST', `The connection to ${upstream} ended ${what}.`, {
    cause: fault?.error,
  });
}

/** Whatever was thrown, with the code of a fault of ours where it had none. */
export function toLiveProxyError(error: unknown): LiveProxyError {
  if (isLiveProxyError(error)) return error;
  const cause = redactError(error, redactKnownShapes);
  return new LiveProxyError('ERR_INTERNAL', `Unexpected: ${cause.message}`, { cause });
}
