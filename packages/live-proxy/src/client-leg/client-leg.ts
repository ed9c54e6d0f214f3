import type { ClientMessageKind } from '@colloquy/live-protocol';
import type { ClientLimits } from '../client-limits.ts';
import { LiveProxyError } from '../errors.ts';
import { clientMedia } from '../media/media-outlines.ts';
import type { Media, Passage, SocketHandlers, SocketPort } from '../socket-port.ts';
import { ClientGate } from './client-gate.ts';

/** Whole messages and their bytes, without what WebSocket adds. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

/** Adds up what passes. */
export interface LegMeter {
  /** The client sent a piece of media. */
  received(media: Media): void;
  /** Sound of the model was passed on. */
  spoke(audioSeconds: number): void;
  /** A message of the service was passed on that is more than media. */
  told(message: Buffer): void;
}

/** Options of {@link ClientLeg}. */
export interface ClientLegOptions {
  readonly socket: SocketPort;
  readonly limits: ClientLimits;
  /** Pause between two pings, in milliseconds; `0` sends none. */
  readonly heartbeatIntervalMs: number;
  /** Whether the setup hook may restrict the client's messages. */
  readonly mayBeRestricted: boolean;
  /** Sees what passes. @defaultValue nobody does */
  readonly meter?: LegMeter;
  /** A limit was reached: the session is to be ended with this. Called once. */
  readonly onLimit: (error: LiveProxyError) => void;
}

/** A client's socket that counts what goes through, holds the client to its limits, and notices when it is gone. */
export class ClientLeg implements SocketPort {
  readonly #options: ClientLegOptions;
  readonly #socket: SocketPort;
  readonly #gate: ClientGate;
  readonly #meter: LegMeter | undefined;
  readonly #received = { messages: 0, bytes: 0 };
  readonly #sent = { messages: 0, bytes: 0 };
  #activeAtMs = performance.now();
  #isPaused = false;
  #unansweredPings = 0;
  #ended = false;
  #timers: NodeJS.Timeout[] = [];
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ClientLegOptions) {
    const { limits, mayBeRestricted } = options;
    this.#options = options;
    this.#socket = options.socket;
    this.#meter = options.meter;
    this.#gate = new ClientGate({ limits, mayBeRestricted, nowMs: performance.now() });
  }

  /** From the client. */
  get received(): Traffic {
    return { ...this.#received };
  }

  /** To the client. */
  get sent(): Traffic {
    return { ...this.#sent };
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * The setup is decided; `null` allows all messages.
   *
   * @throws {@link LiveProxyError} when another one has come already.
   */
  allowOnly(kinds: readonly ClientMessageKind[] | null): void {
    this.#gate.allowOnly(kinds);
  }

  listen(handlers: SocketHandlers): void {
    this.#startTimers();
    this.#socket.listen({
      ...handlers,
      message: (data, isBinary, passage) => {
        if (this.#mayPass(data, passage)) handlers.message(data, isBinary, passage);
      },
      pong: (mark) => {
        this.#unansweredPings = 0;
        handlers.pong?.(mark);
      },
      close: (closure) => {
        this.#stop();
        handlers.close(closure);
      },
    });
  }

  send(data: Buffer | string, isBinary?: boolean, passage?: Passage): void {
    this.#count(this.#sent, typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength);
    this.#socket.send(data, isBinary, passage);
    const media = passage === undefined ? null : passage.media;
    if (media !== null) this.#meter?.spoke(media.audioSeconds);
    else if (typeof data !== 'string') this.#meter?.told(data);
  }

  ping(mark?: string): void {
    this.#socket.ping(mark);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#unansweredPings = 0;
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.#stop();
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#stop();
    this.#socket.terminate();
  }

  #mayPass(data: Buffer, passage?: Passage): boolean {
    if (this.#ended) return false;
    this.#count(this.#received, data.byteLength);
    const media = clientMedia.read(data);
    const refusal = this.#gate.refuse(data, this.#activeAtMs, media);
    if (refusal !== null) {
      this.#end(refusal);
      return false;
    }
    if (media === null) return true;
    if (passage !== undefined) passage.media = media;
    this.#meter?.received(media);
    return true;
  }

  #count(traffic: { messages: number; bytes: number }, bytes: number): void {
    traffic.messages += 1;
    traffic.bytes += bytes;
    this.#activeAtMs = performance.now();
  }

  #startTimers(): void {
    const { limits, heartbeatIntervalMs } = this.#options;
    const { sessionDurationMs, idleTimeoutMs } = limits;
    if (sessionDurationMs > 0) {
      this.#timers.push(setTimeout(() => this.#end(tooLong(sessionDurationMs)), sessionDurationMs));
    }
    if (heartbeatIntervalMs > 0) {
      this.#timers.push(setInterval(() => this.#beat(heartbeatIntervalMs), heartbeatIntervalMs));
    }
    if (idleTimeoutMs > 0) this.#watchIdle(idleTimeoutMs);
  }

  /** One timer that looks again when it is due: setting one for each message would cost more than the message. */
  #watchIdle(idleTimeoutMs: number): void {
    const leftMs = this.#activeAtMs + idleTimeoutMs - performance.now();
    if (leftMs <= 0) this.#end(idle(idleTimeoutMs));
    else this.#idle = setTimeout(() => this.#watchIdle(idleTimeoutMs), Math.ceil(leftMs));
  }

  #beat(intervalMs: number): void {
    // What the client answers to is not read while it is paused.
    if (this.#isPaused) return;
    if (this.#unansweredPings >= 2) {
      this.#end(silent(intervalMs));
      // Nobody would answer the closing handshake.
      this.#socket.terminate();
      return;
    }
    this.#unansweredPings += 1;
    this.#socket.ping();
  }

  #end(error: LiveProxyError): void {
    if (this.#ended) return;
    this.#stop();
    this.#options.onLimit(error);
  }

  #stop(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#idle);
    this.#timers = [];
  }
}

function tooLong(sessionDurationMs: number): LiveProxyError {
  return new LiveProxyError('ERR_SESSION_TOO_LONG', `The session has lasted sessionDurationMs ${sessionDurationMs}.`);
}

function idle(idleTimeoutMs: number): LiveProxyError {
  return new LiveProxyError('ERR_IDLE', `Nothing was said for idleTimeoutMs ${idleTimeoutMs}.`);
}

function silent(intervalMs: number): LiveProxyError {
  return new LiveProxyError('ERR_CLIENT_SILENT', `The client did not answer two pings, ${intervalMs} ms apart.`);
}
