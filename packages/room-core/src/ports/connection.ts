import type { RoomServerMessage } from '@colloquy/live-protocol';

/**
 * A connection to one client, as the room sees it: three verbs and a number. The adapter owns the socket, its limits and
 * its backpressure (pictures are dropped first, then old audio, never messages).
 */
export interface ConnectionPort {
  readonly connectionId: string;
  /** Sends a message. `encoded` is its JSON, made once for all connections. Never throws. */
  send(message: RoomServerMessage, encoded: string): void;
  /**
   * Sends a media frame: bytes shared by all connections, never changed. Never throws.
   * @returns `false` when it was dropped: what builds on it cannot be decoded.
   */
  sendMedia(frame: Uint8Array<ArrayBuffer>): boolean;
  /** Ends the connection; `RoomConnection.disconnected` is still called by the adapter afterwards. */
  close(code: number, reason: string): void;
}
