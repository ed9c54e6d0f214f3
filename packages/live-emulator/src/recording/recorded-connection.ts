import { isUtf8 } from 'node:buffer';
import type { WebSocket } from 'ws';
import type { MessageLine, RecordingLine } from './recording-line.ts';
import type { Sanitiser } from './sanitise.ts';

/** A received message as `ws` gives it. */
export type WsData = Buffer | ArrayBuffer | Buffer[];

/** Options of {@link RecordedConnection}. */
export interface RecordedConnectionOptions {
  readonly connection: number;
  readonly client: WebSocket;
  readonly upstream: WebSocket;
  readonly sanitiser: Sanitiser;
  /** Milliseconds since the recording began. */
  readonly elapsed: () => number;
  readonly write: (line: RecordingLine) => void;
}

/** Two sockets that are one to their peers; everything that passes is written down. */
export class RecordedConnection {
  readonly #options: RecordedConnectionOptions;
  #isClosed = false;

  constructor(options: RecordedConnectionOptions) {
    this.#options = options;
    const { client, upstream } = options;
    client.on('message', (data, isBinary) => this.#pass('client', data, isBinary));
    upstream.on('message', (data, isBinary) => this.#pass('server', data, isBinary));
    client.on('close', (code, reason) => this.#close('client', code, reason));
    upstream.on('close', (code, reason) => this.#close('server', code, reason));
    // The close that follows is what counts.
    client.on('error', () => {});
    upstream.on('error', () => {});
  }

  #pass(from: 'client' | 'server', data: WsData, isBinary: boolean): void {
    const { client, upstream, write, connection, elapsed, sanitiser } = this.#options;
    const bytes = toBuffer(data);
    write({
      type: from,
      atMs: elapsed(),
      connection,
      frame: isBinary ? 'binary' : 'text',
      ...contentOf(bytes, sanitiser),
    });
    const to = from === 'client' ? upstream : client;
    if (to.readyState === to.OPEN) to.send(bytes, { binary: isBinary });
  }

  #close(by: 'client' | 'server', code: number, reason: Buffer): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { client, upstream, write, connection, elapsed, sanitiser } = this.#options;
    write({ type: 'close', atMs: elapsed(), connection, by, code, reason: sanitiser.text(reason.toString()) });
    const other = by === 'client' ? upstream : client;
    // 1005: a close without a code. 1006: no close at all, which nobody can send.
    if (code === 1006) other.terminate();
    else if (code === 1005) other.close();
    else other.close(code, reason);
  }
}

function contentOf(bytes: Buffer, sanitiser: Sanitiser): Pick<MessageLine, 'message' | 'text' | 'base64'> {
  if (!isUtf8(bytes)) return { base64: bytes.toString('base64') };
  const text = bytes.toString();
  try {
    return { message: sanitiser.message(JSON.parse(text)) };
  } catch {
    // No JSON: kept as it is.
    return { text: sanitiser.text(text) };
  }
}

function toBuffer(data: WsData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
