import { toCloseReason } from '@colloquy/live-protocol';
import type WebSocket from 'ws';
import { isSendableCloseCode } from '../close-mapping.ts';
import type { SocketClosure, SocketFault, SocketHandlers, SocketPort } from '../socket-port.ts';

/** An open socket of the `ws` package as a {@link SocketPort}. */
export class WsSocket implements SocketPort {
  readonly #socket: WebSocket;
  readonly #redact: (reason: string) => string;
  readonly #flushed = () => this.#handlers?.drain?.();
  #handlers: SocketHandlers | null = null;
  /** What happened before anybody listened. */
  #early: ((handlers: SocketHandlers) => void)[] = [];
  #error: Error | null = null;
  #closed = false;

  constructor(socket: WebSocket, redact: (reason: string) => string = (reason) => reason) {
    this.#socket = socket;
    this.#redact = redact;
    // What was read together with the handshake would otherwise be emitted before the owner of this port can listen.
    socket.pause();
    socket.on('message', (data: Buffer, isBinary) => this.#tell((handlers) => handlers.message(data, isBinary)));
    socket.on('pong', (mark) => this.#handlers?.pong?.(mark.toString()));
    socket.on('error', (error) => {
      this.#error ??= error;
      this.#tell((handlers) => handlers.fault?.(toFault(error)));
    });
    socket.on('close', (code, reason) => this.#close(code, reason.toString()));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  listen(handlers: SocketHandlers): void {
    if (this.#handlers !== null) throw new TypeError('listen() was called twice; a socket has one owner.');
    this.#handlers = handlers;
    const early = this.#early;
    this.#early = [];
    for (const tell of early) tell(handlers);
    this.#socket.resume();
  }

  send(data: Buffer | string, isBinary = false): void {
    if (this.isOpen) this.#socket.send(data, { binary: isBinary }, this.#flushed);
  }

  ping(mark?: string): void {
    if (this.isOpen) this.#socket.ping(mark);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    // A paused socket would never read the other end's half of the closing handshake.
    this.#socket.resume();
    this.#socket.close(isSendableCloseCode(code) ? code : 1011, toCloseReason(reason));
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #tell(event: (handlers: SocketHandlers) => void): void {
    if (this.#closed) return;
    if (this.#handlers === null) this.#early.push(event);
    else event(this.#handlers);
  }

  #close(code: number, reason: string): void {
    const closure: SocketClosure = { code, reason: this.#redact(reason), error: this.#error };
    this.#tell((handlers) => handlers.close(closure));
    this.#closed = true;
  }
}

function toFault(error: Error): SocketFault {
  const code = 'code' in error ? String(error.code) : '';
  if (code.endsWith('_LENGTH')) return { kind: 'tooLarge', error };
  return { kind: code.startsWith('WS_ERR_') ? 'violation' : 'broken', error };
}
