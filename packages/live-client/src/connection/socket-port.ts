/** How a socket ended. */
export interface SocketClosing {
  /** WebSocket close code; 1006 when the connection just broke. */
  readonly code: number;
  readonly reason: string;
}

/** What a socket tells its owner. Nothing is told after `onClose`, nor after {@link SocketPort.abandon}. */
export interface SocketHandlers {
  readonly onOpen: () => void;
  readonly onMessage: (data: string | Uint8Array<ArrayBuffer>) => void;
  readonly onClose: (closing: SocketClosing) => void;
}

/** One socket, as a connection uses it. */
export interface SocketPort {
  /** Bytes that were sent and have not left this machine. */
  readonly bufferedAmount: number;
  /** Sends a text or binary message. @returns whether the socket took it: one that is not open does not. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean;
  /** Closes politely; `onClose` still follows. */
  close(code?: number, reason?: string): void;
  /** Closes and says nothing more: `onClose` does not follow. */
  abandon(code?: number, reason?: string): void;
}

/** Opens a socket; throws when the address or a subprotocol is not valid. */
export type OpenSocket = (url: string, protocols: readonly string[], handlers: SocketHandlers) => SocketPort;

/** The part of a WebSocket that this package uses; browsers', Node's and the `ws` package's have it. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** @see WebSocket.onopen */
  onopen: ((event: never) => unknown) | null;
  /** @see WebSocket.onmessage */
  onmessage: ((event: never) => unknown) | null;
  /** @see WebSocket.onclose */
  onclose: ((event: never) => unknown) | null;
  /** @see WebSocket.onerror */
  onerror: ((event: never) => unknown) | null;
  /** @see WebSocket.send */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** @see WebSocket.close */
  close(code?: number, reason?: string): void;
}

/** A WebSocket class, such as `globalThis.WebSocket`. */
export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;
