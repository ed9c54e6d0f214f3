/** How a socket ended. */
export interface SocketClosure {
  /** What the other end sent, or 1005 (no code) and 1006 (no close frame) as the platform reports them. */
  readonly code: number;
  readonly reason: string;
  /** What broke the socket; `null` after a closing handshake. */
  readonly error: Error | null;
}

/** Why a socket cannot go on. The other end is told by the socket itself. */
export interface SocketFault {
  /** `tooLarge`: a message above the limit. `violation`: not WebSocket, or text that is not UTF-8. `broken`: the network. */
  readonly kind: 'tooLarge' | 'violation' | 'broken';
  readonly error: Error;
}

/**
 * Of a message: what spares those who pass it on the work that was done already. Good only during the call that brings it:
 * a socket has one, which it uses again and again.
 */
export interface Passage {
  /** Holds the whole message as it stood on the wire; `null` when it came in fragments or cannot be passed on. */
  readonly block: Buffer | null;
  /** Where the message begins in the block. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** Whether it is masked, as clients send it. */
  readonly isMasked: boolean;
  /** What the message is when it is nothing but one piece of media; `null` for others, and before anybody looked. */
  media: Media | null;
}

/** Fewer bytes that wait are not told of when they leave. */
export const LEAST_WATCHED_BYTES = 4_096;

/** One piece of media. */
export interface Media {
  readonly kind: 'audio' | 'picture';
  /** Of sound, by its bytes and the rate in its type; 0 for pictures. */
  readonly audioSeconds: number;
}

/** What a socket tells its owner. Never called before {@link SocketPort.listen}, and nothing after `close`. */
export interface SocketHandlers {
  /**
   * One whole message. `data` must not be changed, and may be kept unless the socket is one that borrows; then it is good
   * until this returns.
   */
  message(data: Buffer, isBinary: boolean, passage?: Passage): void;
  /**
   * Bytes went to the operating system: {@link SocketPort.bufferedAmount} is lower than before. Where fewer than
   * {@link LEAST_WATCHED_BYTES} waited it need not come.
   */
  drain?(): void;
  /** The other end answered a {@link SocketPort.ping}, and so has what was sent before it. */
  pong?(mark: string): void;
  /** The socket is being closed because of this; `close` follows. */
  fault?(fault: SocketFault): void;
  /** Exactly once, last. */
  close(closure: SocketClosure): void;
}

/** An open WebSocket, ours to a client or ours to an upstream, as everything but the adapters sees it. */
export interface SocketPort {
  readonly isOpen: boolean;
  /** Bytes given to `send` that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  /** Starts the flow of messages. Called once; whatever arrived before is kept and comes first. */
  listen(handlers: SocketHandlers): void;
  /**
   * Sends one message, text unless `isBinary`; as the frame in `passage` where that fits. Dropped when the socket is not
   * open. Never throws.
   */
  send(data: Buffer | string, isBinary?: boolean, passage?: Passage): void;
  /** Asks the other end for a sign of life, which brings `mark` back. Dropped when the socket is not open. Never throws. */
  ping(mark?: string): void;
  /** Stops reading, so that TCP holds the other end back. A few messages that were read already still come. */
  pause(): void;
  resume(): void;
  /**
   * Starts the closing handshake behind what was sent before. Codes that may not be sent (1005, 1006, 1015, unassigned
   * ones) become 1011, and the reason is cut to 123 bytes. Idempotent, never throws.
   */
  close(code: number, reason: string): void;
  /** Ends the connection at once. */
  terminate(): void;
}
