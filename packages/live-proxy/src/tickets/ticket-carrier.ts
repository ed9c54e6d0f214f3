import type { ClientRequest } from '../client-request.ts';

/** A ticket as it was presented. */
export interface PresentedTicket {
  readonly ticket: string;
  /** Addresses end up in logs and histories, so what was in one may have been read by others. */
  readonly isInUrl: boolean;
}

/** Google's SDK tells ephemeral tokens, which it sends as `access_token`, from keys by this prefix. */
const ephemeralPrefix = 'auth_tokens/';

/**
 * The ticket of a request: in the subprotocol `ticket.<ticket>` (browsers), `Authorization: Bearer` (servers),
 * `x-goog-api-key`, or the query's `key` or `access_token` (Google's SDK).
 */
export function findTicket({ ticket, headers, url }: ClientRequest): PresentedTicket | null {
  const inUrl = url.searchParams.get('key') ?? url.searchParams.get('access_token');
  const found = ticket ?? headers.get('x-goog-api-key') ?? inUrl;
  if (!found) return null;
  const bare = found.startsWith(ephemeralPrefix) ? found.slice(ephemeralPrefix.length) : found;
  return { ticket: bare, isInUrl: found === inUrl };
}
