/** The server's end of one connection, as a session sees it. */
export interface SocketPort {
  /** Sends one message as a binary frame; harmless when the socket is closed. */
  send(message: Uint8Array): void;
  /** Starts the closing handshake. `reason` is cut to what a close frame holds by the caller. */
  close(code: number, reason: string): void;
  /** Cuts the connection at once; the client sees 1006. */
  terminate(): void;
}
