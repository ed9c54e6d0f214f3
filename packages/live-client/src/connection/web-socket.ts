import { LiveClientError } from '../errors.ts';
import type { OpenSocket, WebSocketConstructor, WebSocketLike } from './socket-port.ts';

/** `WebSocket.OPEN`: the constant is not read from the class, which a test or `ws` may replace. */
const OPEN = 1;

/**
 * The socket port over a WebSocket class.
 *
 * @param webSocket - looked up on `globalThis` at the time of opening when absent.
 */
export function webSocketOpener(webSocket?: WebSocketConstructor): OpenSocket {
  return (url, protocols, handlers) => {
    const socket = construct(webSocket, url, protocols);
    socket.binaryType = 'arraybuffer';
    let silent = false;
    socket.onopen = () => {
      if (!silent) handlers.onOpen();
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (!silent) handlers.onMessage(toData(event.data));
    };
    socket.onclose = (event: { code: number; reason: string }) => {
      if (silent) return;
      silent = true;
      handlers.onClose({ code: event.code, reason: event.reason });
    };
    // A close event always follows and carries all that is known.
    socket.onerror = () => {};
    return {
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (data) => {
        if (socket.readyState !== OPEN) return false;
        socket.send(data);
        return true;
      },
      close: (code, reason) => socket.close(code, reason),
      abandon: (code, reason) => {
        silent = true;
        socket.close(code, reason);
      },
    };
  };
}

function construct(
  webSocket: WebSocketConstructor | undefined,
  url: string,
  protocols: readonly string[],
): WebSocketLike {
  const Class = webSocket ?? (globalThis.WebSocket as unknown as WebSocketConstructor | undefined);
  if (Class === undefined) {
    throw new LiveClientError('ERR_CONNECTION_FAILED', 'There is no WebSocket here.', {
      hint: 'Pass a WebSocket class as the "webSocket" option.',
    });
  }
  try {
    return new Class(url, [...protocols]);
  } catch (cause) {
    throw new LiveClientError(
      'ERR_CONNECTION_FAILED',
      `The browser refused to open a socket to ${withoutQuery(url)}.`,
      {
        cause,
        hint: 'Check the URL and the ticket: a page on https needs a wss URL, and a ticket has no spaces.',
      },
    );
  }
}

function toData(data: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  // Node's Buffer, from a class that does not know `binaryType`.
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return '';
}

/** A query may carry a credential, which does not belong in an error. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
