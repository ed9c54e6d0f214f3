import type { IncomingMessage, ServerResponse } from 'node:http';

/** A refusal that leaves as a JSON body `{ error: { code, message } }`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** Stable code to branch on. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Answers with a JSON body. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.byteLength,
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

/** Answers with an {@link HttpError}; anything else becomes a 500 that says nothing about the inside. */
export function sendError(response: ServerResponse, error: unknown): void {
  const { status, code, message } =
    error instanceof HttpError
      ? error
      : new HttpError(500, 'ERR_INTERNAL', 'The server failed. Try again in a moment.');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendJson(response, status, { error: { code, message } });
}

/**
 * The JSON object in the body of a request.
 *
 * @throws {@link HttpError} 400 for no JSON object, 413 above `maxBytes`, 415 for another content type: a form of a
 * foreign page cannot send JSON without asking first.
 */
export async function readJsonObject(request: IncomingMessage, maxBytes: number): Promise<Record<string, unknown>> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new HttpError(415, 'ERR_CONTENT_TYPE', `Content-Type is ${JSON.stringify(type)}. Send application/json.`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new HttpError(413, 'ERR_TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send less.`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(
      400,
      'ERR_BODY',
      `The body must be a JSON object; it starts with ${JSON.stringify(text.slice(0, 40))}.`,
    );
  }
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller names what came instead of JSON.
    return undefined;
  }
}
