import { RoomCoreError } from '../errors.ts';

/** HTTP status of a failure of the client library; `null` for one of the connection. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, status } = error as { code?: unknown; status?: unknown };
  for (const value of [code, status]) {
    const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && number >= 100 && number < 600) return number;
  }
  return null;
}

const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Whether the same request may succeed a little later. What is no answer of the service (a reset, a time-out, a body cut
 * short) counts as passing: whether it was carried out is then found out by the next attempt.
 *
 * @see https://cloud.google.com/storage/docs/retry-strategy
 */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (error instanceof TypeError || error instanceof RoomCoreError) return false;
  return status === null || PASSING.has(status);
}

/** The words of a failure without what it carries along: a request of the library holds an access token. */
export function wordsOf(error: unknown): string {
  const status = statusOf(error);
  const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return status === null ? `${message}` : `${status} ${message}`;
}
