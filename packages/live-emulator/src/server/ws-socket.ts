import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { SocketPort } from '../session/socket-port.ts';

/** A session's view of a `ws` socket. */
export class WsSocket implements SocketPort {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;

  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  send(message: Uint8Array): void {
    // The service sends its JSON in binary frames.
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message, { binary: true });
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
