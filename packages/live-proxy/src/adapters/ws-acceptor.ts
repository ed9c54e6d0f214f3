import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import type { SocketPort } from '../socket-port.ts';
import { WsSocket } from './ws-socket.ts';

/** What a {@link WsAcceptor} is made of. */
export interface WsAcceptorOptions {
  /** Larger messages close the socket; `0` is no limit. */
  readonly maxMessageBytes: number;
  /** The subprotocol that comes back of those a client offers, or `false` for none. */
  readonly chooseSubprotocol: (offered: ReadonlySet<string>) => string | false;
  /** How a socket is closed on which a message was too large. @defaultValue 1009 with the limit in the reason */
  readonly tooLarge?: { readonly code: number; readonly reason: string };
  /** Longest wait for the other half of a closing handshake, in milliseconds. @defaultValue 30_000, which is that of `ws` */
  readonly closeTimeoutMs?: number;
}

/** Completes upgrades; what happens on the sockets is up to their owners. */
export class WsAcceptor {
  readonly #server: WebSocketServer;

  constructor(options: WsAcceptorOptions) {
    // The type declarations of ws do not know closeTimeout yet.
    const serverOptions: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      // Audio hardly shrinks, in base64 or not, and deflating costs ten times a plain send.
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      handleProtocols: options.chooseSubprotocol,
      closeTimeout: options.closeTimeoutMs ?? 30_000,
      WebSocket: explainingSocket(options),
    };
    this.#server = new WebSocketServer(serverOptions);
  }

  /** Answers a request that is no WebSocket handshake with an HTTP error, and never calls `onOpen` then. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, onOpen: (socket: SocketPort) => void): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => onOpen(new WsSocket(webSocket)));
  }
}

/** `ws` closes for a broken message with a bare code; a person who debugs a client needs the reason. */
function explainingSocket({ maxMessageBytes, tooLarge }: WsAcceptorOptions): typeof WebSocket {
  const tooMuch = `A message is larger than ${maxMessageBytes} bytes; send less at once.`;
  const closes: Readonly<Record<number, { readonly code: number; readonly reason: string }>> = {
    1002: { code: 1002, reason: 'This is not a valid WebSocket frame.' },
    1007: { code: 1007, reason: 'Text messages must be UTF-8.' },
    1009: tooLarge ?? { code: 1009, reason: tooMuch },
  };
  return class extends WebSocket {
    override close(code?: number, reason?: string | Buffer): void {
      const close = code === undefined || reason !== undefined ? undefined : closes[code];
      super.close(close?.code ?? code, close?.reason ?? reason);
    }
  };
}
