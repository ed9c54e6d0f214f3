import { createHash } from 'node:crypto';

/** What a server answers to a client's key, which proves that it speaks WebSocket (RFC 6455 §4.2.2). */
export function acceptDigest(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
