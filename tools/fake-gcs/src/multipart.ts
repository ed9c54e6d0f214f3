import { ApiError } from './api-error.ts';

/** A multipart upload: metadata as JSON, then the content. */
export interface MultipartUpload {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly contentType: string | null;
  readonly bytes: Buffer;
}

/**
 * Takes a `multipart/related` body of two parts apart (RFC 2387).
 *
 * @throws ApiError 400 when it is none.
 */
export function parseMultipart(contentType: string, body: Buffer): MultipartUpload {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw malformed('it names no boundary');
  const [first, second, ...more] = split(body, `--${boundary}`);
  if (!first || !second || more.length > 0) throw malformed('it has not two parts');
  return {
    resource: parseResource(first.bytes.toString()),
    contentType: second.contentType,
    bytes: second.bytes,
  };
}

/** @throws ApiError 400 */
export function parseResource(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new ApiError(400, 'parseError', 'Parse Error');
}

interface Part {
  readonly contentType: string | null;
  readonly bytes: Buffer;
}

function split(body: Buffer, delimiter: string): Part[] {
  const parts: Part[] = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    if (body.subarray(start, start + 2).toString() === '--') return parts;
    const end = body.indexOf(`\r\n${delimiter}`, start);
    if (end < 0) throw malformed('its last part has no end');
    parts.push(parsePart(body.subarray(start, end)));
    at = end + 2;
  }
  return parts;
}

function parsePart(part: Buffer): Part {
  const gap = part.indexOf('\r\n\r\n');
  if (gap < 0) throw malformed('a part has no headers');
  const headers = part.subarray(0, gap).toString();
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(headers)?.[1] ?? null;
  return { contentType, bytes: Buffer.from(part.subarray(gap + 4)) };
}

function malformed(why: string): ApiError {
  return new ApiError(400, 'badRequest', `Malformed multipart body: ${why}.`);
}
