import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TICKET_SUBPROTOCOL_PREFIX } from '@colloquy/live-protocol';
import { WebSocket, WebSocketServer } from 'ws';
import type { SocketPort } from '../socket-port.ts';
import { WsSocket } from './ws-socket.ts';

/** Completes upgrades; what happens on the sockets is up to their owners. */
export class WsAcceptor {
  readonly #server: WebSocketServer;

  /** @param maxMessageBytes Larger messages close with 1009; `0` is no limit. */
  constructor(maxMessageBytes: number) {
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Audio in base64 hardly shrinks, and deflating costs ten times a plain send.
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
      WebSocket: explainingSocket(maxMessageBytes),
      // A browser fails the connection unless one of its subprotocols comes back; a ticket must not.
      handleProtocols: (offered) => [...offered].find((name) => !name.startsWith(TICKET_SUBPROTOCOL_PREFIX)) ?? false,
    });
  }

  /** Answers a request that is no WebSocket handshake with an HTTP error, and never calls `onOpen` then. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, onOpen: (socket: SocketPort) => void): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => onOpen(new WsSocket(webSocket)));
  }
}

/** `ws` closes for a broken message with a bare code; a person who debugs a client needs the reason. */
function explainingSocket(maxMessageBytes: number): typeof WebSocket {
  const reasons: Readonly<Record<number, string>> = {
    1002: 'This is not a valid WebSocket frame.',
    1007: 'Text messages must be UTF-8.',
    1009: `A message is larger than ${maxMessageBytes} bytes; send less at once.`,
  };
  return class extends WebSocket {
    override close(code?: number, reason?: string | Buffer): void {
      super.close(code, reason ?? (code === undefined ? undefined : reasons[code]));
    }
  };
}
