import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { SocketPort } from '../session/socket-port.ts';

/** Most that waits for a client to read it, in bytes: who takes nothing any more is cut off. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

/** A session's view of a `ws` socket. */
export class WsSocket implements SocketPort {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;

  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
    // A close without a code, as Google's SDK sends it, is answered with 1000. `ws` answers through this very method.
    const close = socket.close.bind(socket);
    socket.close = (code = 1000, reason) => close(code, reason);
  }

  send(message: Uint8Array): void {
    // The service sends its JSON in binary frames.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MOST_UNREAD_BYTES) this.terminate();
    else this.#socket.send(message, { binary: true });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    // A reset, as a router that lost its memory gives; `terminate` alone would end the stream in good order.
    if (this.#stream instanceof Socket) this.#stream.resetAndDestroy();
    this.#socket.terminate();
  }
}
