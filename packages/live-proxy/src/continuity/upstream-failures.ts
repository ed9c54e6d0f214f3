import { describeGeminiClose } from '@colloquy/live-protocol';
import { isLiveProxyError } from '../errors.ts';
import { toHttpRefusal } from '../failures.ts';
import type { SocketClosure } from '../socket-port.ts';
import type { ConnectionFailure } from './retry-policy.ts';

/** Gemini closed, or the connection broke. */
export function closeFailure({ code, reason }: SocketClosure): ConnectionFailure {
  const meaning = describeGeminiClose(code, reason);
  const words =
    reason === '' ? `The model closed the connection (${code}).` : `The model closed the connection: ${reason}`;
  return {
    code: meaning.code,
    reason: `${words} ${meaning.hint}`,
    // Whoever is still there did not end the session: go on with a new connection.
    retryable: meaning.retryable || meaning.class === 'normal',
    dropHandle: meaning.dropHandle,
  };
}

/** No connection came about. The words are those for clients. */
export function dialFailure(error: unknown): ConnectionFailure {
  if (!isLiveProxyError(error)) {
    return { code: 'ERR_INTERNAL', reason: 'The model could not be reached.', retryable: true, dropHandle: false };
  }
  return { code: error.code, reason: toHttpRefusal(error).message, retryable: true, dropHandle: false };
}

/** The service took the connection and did not answer the setup. */
export function silentFailure(timeoutMs: number): ConnectionFailure {
  const reason = `The model did not answer the setup within ${timeoutMs} ms.`;
  return { code: 'ERR_UPSTREAM_TIMEOUT', reason, retryable: true, dropHandle: false };
}

/** A resumed session that answers nothing: its handle led nowhere. */
export function deafFailure(watchdogMs: number): ConnectionFailure {
  const reason = `The resumed session gave no sign of life for ${watchdogMs} ms while an answer was due.`;
  return { code: 'ERR_UPSTREAM_TIMEOUT', reason, retryable: true, dropHandle: true, isUnanswered: true };
}

/** A session that had shown that it hears, and says nothing to a question: perhaps only its connection is broken. */
export function muteFailure(watchdogMs: number): ConnectionFailure {
  const reason = `The model said nothing for ${watchdogMs} ms while an answer was due.`;
  return { code: 'ERR_UPSTREAM_TIMEOUT', reason, retryable: true, dropHandle: false, isUnanswered: true };
}

/** Not even pings were answered. */
export function deadFailure(keepAliveMs: number): ConnectionFailure {
  const reason = `The connection to the model gave no sign of life for ${keepAliveMs} ms.`;
  return { code: 'ERR_UPSTREAM_TIMEOUT', reason, retryable: true, dropHandle: false };
}

/** The service does not read. */
export const stuckFailure: ConnectionFailure = {
  code: 'ERR_UPSTREAM_STUCK',
  reason: 'The model service stopped reading.',
  retryable: true,
  dropHandle: false,
};

/** Why only text passes. */
export const audioRefused = {
  code: 'ERR_GEMINI_AUDIO_FORMAT',
  reason:
    'The service refuses this audio; only text is passed on. Send 16-bit PCM, mono, with its rate in the MIME type.',
} as const;
