import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../server/read-body.ts';

/** Longest an upstream may take to make a token. */
const MOST_MS = 30_000;
/** What of a client's request matters to the service. */
const PASSED_HEADERS = ['authorization', 'content-type', 'user-agent', 'x-goog-api-client', 'x-goog-api-key'] as const;

/**
 * Passes a request for an ephemeral token on to the upstream and its answer back. Neither is kept: both are secrets.
 * Returns the upstream's HTTP status; `null` when it could not be reached.
 */
export async function relayTokenRequest(
  request: IncomingMessage,
  response: ServerResponse,
  upstreamUrl: string,
): Promise<number | null> {
  const body = await readBody(request);
  if (body === null) {
    response.writeHead(413, { connection: 'close' }).end();
    return null;
  }
  const headers = PASSED_HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, String(value)] as [string, string]];
  });
  try {
    const answer = await fetch(upstreamUrl, {
      method: 'POST',
      headers,
      body,
      // A redirect would take the key elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(MOST_MS),
    });
    const text = await answer.text();
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'application/json',
      'cache-control': 'no-store',
    });
    response.end(text);
    return answer.status;
  } catch {
    // Why is no concern of the client's; the recording tells that it could not be reached.
    response.writeHead(502, { 'content-type': 'text/plain' }).end('The upstream did not answer.\n');
    return null;
  }
}
