import type { WebSocketConstructor, WebSocketLike } from '../connection/socket-port.ts';

/** A WebSocket whose other end is the test. */
export class ScriptedSocket implements WebSocketLike {
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  onopen: ((event: never) => unknown) | null = null;
  onmessage: ((event: never) => unknown) | null = null;
  onclose: ((event: never) => unknown) | null = null;
  onerror: ((event: never) => unknown) | null = null;
  readonly url: string;
  readonly protocols: readonly string[];
  /** Everything the client sent, in order. */
  readonly sent: (string | Uint8Array<ArrayBuffer>)[] = [];
  /** What the client said when it closed; `null` while it did not. */
  closedByClient: { code: number | undefined; reason: string | undefined } | null = null;

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }

  close(code?: number, reason?: string): void {
    this.closedByClient ??= { code, reason };
    this.readyState = 2;
  }

  /** The server accepts the upgrade. */
  accept(): void {
    this.readyState = 1;
    this.onopen?.({} as never);
  }

  /** The server sends a JSON message. */
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as never);
  }

  /** The server sends raw text or bytes. */
  sayRaw(data: string | Uint8Array<ArrayBuffer>): void {
    const bytes =
      typeof data === 'string' ? data : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    this.onmessage?.({ data: bytes } as never);
  }

  /** The socket ends, by the server or by the network. */
  end(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason } as never);
  }

  /** JSON messages that the client sent, those of `type` if given. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into messages of any shape.
  messages(type?: string): any[] {
    return this.sent
      .filter((data) => typeof data === 'string')
      .map((text) => JSON.parse(text) as { type?: string })
      .filter((message) => type === undefined || message.type === type);
  }

  /** Binary messages that the client sent. */
  frames(): Uint8Array<ArrayBuffer>[] {
    return this.sent.filter((data) => typeof data !== 'string');
  }
}

/** A WebSocket class and every socket made of it. */
export class ScriptedNetwork {
  readonly sockets: ScriptedSocket[] = [];
  readonly WebSocket: WebSocketConstructor;

  constructor() {
    const { sockets } = this;
    this.WebSocket = class extends ScriptedSocket {
      constructor(url: string, protocols: string[] = []) {
        super(url, protocols);
        sockets.push(this);
      }
    };
  }

  /** The newest socket. */
  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('Nothing was dialled.');
    return socket;
  }
}

/** Lets everything that is already settled run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}
