import type { IncomingMessage } from 'node:http';

/** Largest body that is read, in bytes. */
export const MOST_BODY_BYTES: number = 1024 * 1024;

/** The body of a request as text; `null` when there is too much of it. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > MOST_BODY_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
