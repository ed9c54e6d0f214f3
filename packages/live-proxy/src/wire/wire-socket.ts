import type { Duplex } from 'node:stream';
import { toCloseReason } from '@colloquy/live-protocol';
import { isSendableCloseCode } from '../close-mapping.ts';
import type { Media, Passage, SocketClosure, SocketHandlers, SocketPort } from '../socket-port.ts';
import { Opcode, WireError } from './frame.ts';
import { type FrameHandlers, FrameReader, type FrameReaderOptions } from './frame-reader.ts';
import { FrameWriter, writeTogether } from './frame-writer.ts';

/** What all sockets of one kind have in common. */
export interface WireSocketOptions extends FrameReaderOptions {
  /** Longest wait for the other half of a closing handshake, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** What the other end is told where it breaks the rules. */
  readonly violations: Readonly<Record<WireError['closeCode'], { readonly code: number; readonly reason: string }>>;
}

/** Above this, pings are not answered one by one: who does not read must not make us keep answers. */
const mostBytesBeforePong = 16_384;

/** What is known of a message as it came; one for all messages of a socket, since nobody keeps it. */
class ReadPassage implements Passage {
  block: Buffer | null = null;
  start = 0;
  end = 0;
  media: Media | null = null;
  readonly isMasked: boolean;

  constructor(isMasked: boolean) {
    this.isMasked = isMasked;
  }
}

/** A WebSocket on a connection whose handshake is done (RFC 6455 §5–7), as a {@link SocketPort}. */
export class WireSocket implements SocketPort, FrameHandlers {
  readonly #socket: Duplex;
  readonly #options: WireSocketOptions;
  readonly #redact: (reason: string) => string;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #passage: ReadPassage;
  #handlers: SocketHandlers | null = null;
  #status: 'open' | 'closing' | 'closed' = 'open';
  /** What comes is for nobody any more. */
  #isDeaf = false;
  #error: Error | null = null;
  /** The other end's close frame; 1006 without one. */
  #code = 1006;
  #reason = '';
  #unansweredPing: Buffer | null = null;
  #closeTimer: NodeJS.Timeout | undefined;

  /** @param head What was read together with the handshake. */
  constructor(socket: Duplex, head: Buffer, options: WireSocketOptions, redact: (reason: string) => string = asItIs) {
    this.#socket = socket;
    this.#options = options;
    this.#redact = redact;
    this.#passage = new ReadPassage(options.role === 'server');
    this.#reader = new FrameReader(options, this);
    this.#writer = new FrameWriter(socket, options.role === 'client', () => this.#onWritten());
    socket.pause();
    if (head.byteLength > 0) socket.unshift(head);
    socket.on('error', (error) => {
      this.#error ??= error;
      if (this.#status === 'open') this.#status = 'closing';
      socket.destroy();
    });
    socket.on('close', () => this.#onClosed());
  }

  get isOpen(): boolean {
    return this.#status === 'open';
  }

  get bufferedAmount(): number {
    return this.#writer.bufferedBytes;
  }

  listen(handlers: SocketHandlers): void {
    if (this.#handlers !== null) throw new TypeError('listen() was called twice; a socket has one owner.');
    this.#handlers = handlers;
    if (this.#status === 'closed') {
      handlers.close(this.#closure());
      return;
    }
    const read = (chunk: Buffer) => this.#read(chunk);
    this.#socket.on('data', (chunk: Buffer) => {
      if (!this.#isDeaf) writeTogether(read, chunk);
    });
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.resume();
  }

  send(data: Buffer | string, isBinary = false, passage?: Passage): void {
    if (this.#status !== 'open') return;
    const block = passage?.block;
    // Frames of a client go to a service as they are, and the other way round.
    if (block && passage.isMasked !== this.#passage.isMasked) this.#writer.pass(block, passage.start, passage.end);
    else this.#writer.send(isBinary ? Opcode.binary : Opcode.text, typeof data === 'string' ? Buffer.from(data) : data);
  }

  ping(mark = ''): void {
    if (this.#status === 'open') this.#writer.send(Opcode.ping, Buffer.from(mark));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    if (this.#status !== 'open') return;
    this.#sendClose(isSendableCloseCode(code) ? code : 1011, toCloseReason(reason));
  }

  terminate(): void {
    if (this.#status === 'open') this.#status = 'closing';
    this.#socket.destroy();
  }

  // What the reader finds

  onMessage(data: Buffer, isBinary: boolean, block: Buffer | null, start: number, end: number): void {
    const passage = this.#passage;
    passage.block = block;
    passage.start = start;
    passage.end = end;
    passage.media = null;
    this.#handlers?.message(data, isBinary, passage);
    passage.block = null;
  }

  onPing(payload: Buffer): void {
    if (this.#status !== 'open') return;
    // Only the newest ping wants an answer (RFC 6455 §5.5.3), so whoever does not read cannot make us keep more than one.
    if (this.#writer.bufferedBytes > mostBytesBeforePong) this.#unansweredPing = Buffer.from(payload);
    else this.#writer.send(Opcode.pong, payload);
  }

  onPong(payload: Buffer): void {
    this.#handlers?.pong?.(payload.toString());
  }

  onClose(code: number, reason: string): void {
    this.#isDeaf = true;
    this.#code = code;
    this.#reason = reason;
    if (this.#status === 'open') this.#sendClose(code === 1005 ? null : code, reason);
    else this.#writer.end();
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#violated(error);
    }
  }

  #violated(error: WireError): void {
    this.#isDeaf = true;
    this.#error ??= error;
    const { code, reason } = this.#options.violations[error.closeCode];
    if (this.#status === 'open') this.#sendClose(code, reason);
    else this.#writer.end();
    this.#handlers?.fault?.({ kind: error.closeCode === 1009 ? 'tooLarge' : 'violation', error });
  }

  /** @param code `null` sends none. */
  #sendClose(code: number | null, reason: string): void {
    this.#status = 'closing';
    const payload = Buffer.alloc(code === null ? 0 : 2 + Buffer.byteLength(reason));
    if (code !== null) {
      payload.writeUInt16BE(code, 0);
      payload.write(reason, 2);
    }
    this.#writer.send(Opcode.close, payload);
    this.#limitClosing();
    if (this.#isDeaf) this.#writer.end();
    // A paused socket would never read the other end's half of the closing handshake.
    this.#socket.resume();
  }

  #limitClosing(): void {
    this.#closeTimer ??= setTimeout(() => this.#socket.destroy(), this.#options.closeTimeoutMs);
  }

  #onWritten(): void {
    const ping = this.#unansweredPing;
    if (ping !== null && this.#status === 'open' && this.#writer.bufferedBytes <= mostBytesBeforePong) {
      this.#unansweredPing = null;
      this.#writer.send(Opcode.pong, ping);
    }
    if (this.#status !== 'closed') this.#handlers?.drain?.();
  }

  #onEnd(): void {
    this.#isDeaf = true;
    if (this.#status === 'open') this.#status = 'closing';
    this.#limitClosing();
    this.#writer.end();
  }

  #onClosed(): void {
    clearTimeout(this.#closeTimer);
    // What a paused socket has read already was said before the end.
    const rest: Buffer | null = this.#handlers === null || this.#isDeaf ? null : this.#socket.read();
    this.#status = 'closing';
    if (rest !== null) this.#read(rest);
    this.#isDeaf = true;
    this.#status = 'closed';
    this.#handlers?.close(this.#closure());
  }

  #closure(): SocketClosure {
    return { code: this.#code, reason: this.#redact(this.#reason), error: this.#error };
  }
}

function asItIs(reason: string): string {
  return reason;
}
