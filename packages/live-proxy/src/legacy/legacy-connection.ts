import { RoomCloseCode, type ServerMessage, toCloseReason } from '@colloquy/live-protocol';
import type { Clock, Timer } from '@colloquy/room-core';
import type { SocketHandlers, SocketPort } from '../socket-port.ts';
import { readLegacyFrame } from './legacy-frames.ts';
import { LegacyOutput, type LegacyServerFrame } from './legacy-output.ts';

/** What a {@link LegacyConnection} is made of. */
export interface LegacyConnectionOptions {
  readonly socket: SocketPort;
  readonly clock: Clock;
  /** Longest wait for the room's name and the setup, in milliseconds; `0` waits for ever. */
  readonly firstMessageTimeoutMs: number;
  /** The client has said which room: makes a peer that listens to this connection. Rejects for somebody not admitted. */
  readonly join: (sessionId: string, socket: SocketPort) => Promise<void>;
  /** Words for people for what `join` rejected with. */
  readonly explain: (error: unknown) => string;
  readonly onIgnored: (what: string) => void;
  readonly onClosed: () => void;
}

/**
 * A refused client is told so and kept for a while: it opens a new socket a second after any close, for ever.
 */
const HOLD_MS = 60_000;
/** Frames kept while the room is being joined: media starts before anything was answered. */
const MOST_WAITING_BYTES = 256 * 1024;

/**
 * A socket of the original front end, which looks like one of a Gemini client from inside: what comes is translated, what
 * goes is taken apart.
 */
export class LegacyConnection implements SocketPort {
  readonly #options: LegacyConnectionOptions;
  readonly #output = new LegacyOutput();
  #deadline: Timer | null = null;
  /** The peer's; `null` before it listens, and once it has closed. */
  #inside: SocketHandlers | null = null;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sessionId: string | null = null;
  #hasSetup = false;
  #isRefused = false;

  constructor(options: LegacyConnectionOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#options.socket.isOpen && !this.#isRefused;
  }

  get bufferedAmount(): number {
    return this.#options.socket.bufferedAmount;
  }

  start(): void {
    const { clock, firstMessageTimeoutMs, onClosed, socket } = this.#options;
    if (firstMessageTimeoutMs > 0) {
      this.#deadline = clock.setTimer(firstMessageTimeoutMs, () =>
        this.close(1008, `Name a room and send the setup within ${firstMessageTimeoutMs} ms.`),
      );
    }
    socket.listen({
      message: (data, isBinary) => (isBinary ? this.#tellError('Send text frames only.') : this.#received(data)),
      drain: () => this.#inside?.drain?.(),
      pong: (mark) => this.#inside?.pong?.(mark),
      close: (closure) => {
        this.#deadline?.cancel();
        this.#leave((inside) => inside.close(closure));
        onClosed();
      },
    });
  }

  listen(handlers: SocketHandlers): void {
    this.#inside = handlers;
    for (const data of this.#waiting) handlers.message(data, false);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  send(data: Buffer | string): void {
    // Our own peer has written it.
    const message = JSON.parse(data.toString()) as ServerMessage;
    for (const frame of this.#output.frames(message)) this.#tell(frame);
  }

  ping(mark?: string): void {
    this.#options.socket.ping(mark);
  }

  pause(): void {
    this.#options.socket.pause();
  }

  resume(): void {
    this.#options.socket.resume();
  }

  /** What is to be retried is closed at once; everything else is said, and the socket kept for a while. */
  close(code: number, reason: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#deadline?.cancel();
    const { clock, socket } = this.#options;
    this.#tell({ error: { message: reason === '' ? 'The connection was refused.' : reason } });
    this.#leave((inside) => inside.close({ code, reason, error: null }));
    if (code === 1000 || (code >= RoomCloseCode.internal && code < 4600)) {
      socket.close(code === 1000 ? 1000 : 1012, toCloseReason(reason));
      return;
    }
    this.#deadline = clock.setTimer(HOLD_MS, () => socket.close(1008, toCloseReason(reason)));
  }

  terminate(): void {
    this.#options.socket.terminate();
  }

  #received(data: Buffer): void {
    const frame = readLegacyFrame(data.toString());
    if (frame.type === 'ping') {
      this.#options.socket.send('{"pong":true}');
      return;
    }
    if (this.#isRefused) return;
    switch (frame.type) {
      case 'service':
        this.#named(frame.sessionId);
        break;
      case 'setup':
        if (this.#hasSetup) this.#options.onIgnored('a second setup');
        else this.#pass({ setup: frame.setup });
        this.#hasSetup = true;
        break;
      case 'message':
        if (this.#hasSetup) this.#pass(frame.message);
        else this.#options.onIgnored('a message before the setup');
        break;
      case 'ignored':
        this.#options.onIgnored(frame.what);
        break;
      case 'wrong':
        this.#tellError(frame.problem);
        break;
      default:
        frame satisfies never;
    }
  }

  #named(sessionId: string): void {
    if (this.#sessionId !== null) {
      this.#options.onIgnored('a second service_url');
      return;
    }
    this.#sessionId = sessionId;
    this.#deadline?.cancel();
    this.#options
      .join(sessionId, this)
      .catch((error: unknown) => this.close(RoomCloseCode.notAllowed, this.#options.explain(error)));
  }

  #pass(message: object): void {
    const data = Buffer.from(JSON.stringify(message));
    if (this.#inside !== null) {
      this.#inside.message(data, false);
      return;
    }
    this.#waitingBytes += data.byteLength;
    // Sound from before anybody could listen is not missed.
    if (this.#waitingBytes <= MOST_WAITING_BYTES) this.#waiting.push(data);
  }

  #leave(say: (inside: SocketHandlers) => void): void {
    const inside = this.#inside;
    this.#inside = null;
    this.#waiting = [];
    if (inside !== null) say(inside);
  }

  #tellError(message: string): void {
    this.#tell({ error: { message } });
  }

  #tell(frame: LegacyServerFrame): void {
    this.#options.socket.send(JSON.stringify(frame));
  }
}
