import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ROOM_SUBPROTOCOL, RoomCloseCode } from '@colloquy/live-protocol';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { WsSocket } from '../adapters/ws-socket.ts';
import type { SocketPort } from '../socket-port.ts';

/** Completes a handshake. Calls back with the open socket, or not at all: then the client has its HTTP error already. */
export type AcceptUpgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  accepted: (socket: SocketPort) => void,
) => void;

/** Makes room sockets: one subprotocol, no compression, messages up to `maxMessageBytes`. */
export function createAcceptUpgrade(maxMessageBytes: number): AcceptUpgrade {
  // The type declarations of ws do not know closeTimeout yet.
  const options: ServerOptions<typeof RoomWebSocket> & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    // Deflating audio costs ten times a plain send and gains nothing.
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => ROOM_SUBPROTOCOL,
    closeTimeout: 5_000,
    WebSocket: RoomWebSocket,
  };
  const server = new WebSocketServer<typeof RoomWebSocket>(options);
  return (request, socket, head, accepted) => {
    server.handleUpgrade(request, socket, head, (webSocket) => accepted(new WsSocket(webSocket)));
  };
}

/** ws closes for a message over the limit with 1009, which clients would retry; ours has a code that says never. */
class RoomWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === 1009) super.close(RoomCloseCode.tooLarge, 'The message is larger than this server takes.');
    else super.close(code, reason);
  }
}
