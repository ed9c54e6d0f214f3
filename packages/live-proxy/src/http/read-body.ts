import type { Clock } from '../continuity/clock.ts';
import { HttpError } from './http-error.ts';

/** A request's body before it is read. */
export interface RequestBody {
  readonly contentType: string | null;
  /** What `Content-Length` claims; `null` without one. */
  readonly contentLength: number | null;
  /** `null` when there is no body. */
  readonly chunks: AsyncIterable<Uint8Array> | null;
  /** What a body parser in front of us has made of it; then there is nothing left to read. */
  readonly parsed?: unknown;
}

/** How long and how large a body may be; `0` turns a limit off. */
export interface ReadBodyOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/**
 * The JSON of a body; `undefined` for an empty one.
 *
 * @throws {@link HttpError} 400, 408, 413 or 415.
 */
export async function readJsonBody(body: RequestBody, options: ReadBodyOptions): Promise<unknown> {
  if (body.parsed !== undefined) return body.parsed;
  if (options.maxBytes > 0 && (body.contentLength ?? 0) > options.maxBytes) throw tooLarge(options.maxBytes);
  const bytes = body.chunks === null ? new Uint8Array(0) : await readInTime(body.chunks, options);
  if (bytes.byteLength === 0) return undefined;
  const mediaType = body.contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType !== 'application/json') {
    const given = body.contentType === null ? 'no content-type' : `content-type ${JSON.stringify(body.contentType)}`;
    throw new HttpError(415, 'ERR_CONTENT_TYPE', `The body has ${given}; send application/json.`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new HttpError(400, 'ERR_BODY', 'The body is not JSON in UTF-8.', { cause });
  }
}

async function readInTime(chunks: AsyncIterable<Uint8Array>, options: ReadBodyOptions): Promise<Uint8Array> {
  const { clock, timeoutMs } = options;
  if (timeoutMs === 0) return await readAll(chunks, options.maxBytes);
  let expire = (): void => {};
  const expired = new Promise<never>((_, reject) => {
    expire = () => reject(new HttpError(408, 'ERR_BODY_TIMEOUT', `The body did not come within ${timeoutMs} ms.`));
  });
  const timer = clock.setTimer(timeoutMs, expire);
  try {
    return await Promise.race([readAll(chunks, options.maxBytes), expired]);
  } finally {
    timer.cancel();
  }
}

async function readAll(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let length = 0;
  // Not "for await": leaving that loop early would destroy the stream, and with it the socket the answer has to go to.
  const iterator = chunks[Symbol.asyncIterator]();
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    length += next.value.byteLength;
    if (maxBytes > 0 && length > maxBytes) throw tooLarge(maxBytes);
    read.push(next.value);
  }
  return Buffer.concat(read, length);
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'ERR_BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
}
