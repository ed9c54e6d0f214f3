import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { HttpAnswer } from './http-answer.ts';
import type { RequestBody } from './read-body.ts';

/** The body of a request of `node:http`, perhaps already read by a body parser such as Express's. */
export function bodyOfIncoming(incoming: IncomingMessage & { readonly body?: unknown }): RequestBody {
  const wasRead = incoming.readableEnded && incoming.body !== undefined;
  return {
    contentType: incoming.headers['content-type'] ?? null,
    contentLength: toLength(incoming.headers['content-length']),
    chunks: incoming,
    ...(wasRead ? { parsed: incoming.body } : {}),
  };
}

/** The body of a Web `Request`. */
export function bodyOfRequest(request: Request): RequestBody {
  return {
    contentType: request.headers.get('content-type'),
    contentLength: toLength(request.headers.get('content-length')),
    chunks: request.body,
  };
}

/** Writes an answer; a client that left meanwhile is no error. */
export function writeResponse(incoming: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  // A body that was refused halfway cannot be skipped: it may never end.
  const leftovers = incoming.complete ? {} : { connection: 'close' };
  if (answer.body !== null && typeof answer.body !== 'string') {
    response.writeHead(answer.status, { ...answer.headers, ...leftovers });
    // A file that ends early must not look whole: the connection is torn down, here and where it cannot be read on.
    pipeline(Readable.from(answer.body), response, () => {});
    return;
  }
  const length = { 'content-length': Buffer.byteLength(answer.body ?? '').toString() };
  response.writeHead(answer.status, { ...answer.headers, ...(answer.body === null ? {} : length), ...leftovers });
  response.end(answer.body ?? undefined);
}

/** The answer as a Web `Response`. */
export function toWebResponse(answer: HttpAnswer): Response {
  const { body } = answer;
  const content =
    body === null || typeof body === 'string' ? body : Readable.toWeb(Readable.from(body, { objectMode: false }));
  return new Response(content as BodyInit | null, { status: answer.status, headers: answer.headers });
}

function toLength(header: string | null | undefined): number | null {
  const length = Number(header ?? Number.NaN);
  return Number.isFinite(length) ? length : null;
}
