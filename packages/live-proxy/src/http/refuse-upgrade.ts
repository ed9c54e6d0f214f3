import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Ends an upgrade with an HTTP answer and a JSON error; the client never sees a WebSocket. */
export function refuseUpgrade(socket: Duplex, status: number, error: { code: string; message: string }): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ error });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  // Without a listener a reset of this socket would be an uncaught exception.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(lines.join('\r\n'));
}
