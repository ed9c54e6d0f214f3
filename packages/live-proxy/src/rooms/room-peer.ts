import { randomUUID } from 'node:crypto';
import {
  type MediaFrame,
  MediaFrameError,
  MediaKind,
  parseMediaFrame,
  parseRoomClientMessage,
  ROOM_WIRE_VERSION,
  type RoomClientMessage,
  RoomCloseCode,
  RoomMessageError,
  type RoomServerMessage,
  toCloseReason,
} from '@colloquy/live-protocol';
import type { Clock, ConnectionPort, RoomConnection, RoomIdentity, RoomManager, Timer } from '@colloquy/room-core';
import type { Logger } from '../logger.ts';
import type { SocketPort } from '../socket-port.ts';
import { EarlyMessages } from './early-messages.ts';
import { type Admission, Intake } from './intake.ts';
import type { RoomServerLimits } from './limits.ts';
import { toRefusal } from './refusals.ts';
import { SendBudget } from './send-budget.ts';
import { SendQueue } from './send-queue.ts';
import type { SharedBytes } from './shared-bytes.ts';

/** What a {@link RoomPeer} is made of. */
export interface RoomPeerOptions {
  readonly socket: SocketPort;
  readonly roomId: string;
  readonly manager: Pick<RoomManager, 'connect'>;
  /** Who this is, once the client has named itself. */
  readonly identify: (clientId: string) => RoomIdentity;
  readonly limits: RoomServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all peers of a server. */
  readonly bytes: SharedBytes;
  /** The socket is gone; called once. */
  readonly onClosed: (peer: RoomPeer) => void;
  /** The connection is ended from here. */
  readonly onClose?: (code: number) => void;
}

type PeerState =
  | { readonly status: 'greeting'; readonly deadline: Timer | null }
  | { readonly status: 'joining'; readonly early: EarlyMessages<RoomClientMessage>; readonly gone: AbortController }
  | { readonly status: 'joined'; readonly connection: RoomConnection }
  /** Goodbye was said; what still arrives is ignored. `connection` is told when the socket is gone. */
  | { readonly status: 'closing'; readonly connection: RoomConnection | null }
  | { readonly status: 'closed' };

/**
 * One client on the room wire: from the upgrade to the end of its socket.
 *
 * ```
 * greeting --hello--> joining --connected--> joined
 *     \__________________\______________________\___ closing --> closed
 * ```
 *
 * It checks what comes in and how fast, gives the room parsed messages, and decides what a slow client still gets.
 */
export class RoomPeer implements ConnectionPort {
  readonly connectionId: string = randomUUID();
  readonly #options: RoomPeerOptions;
  readonly #intake: Intake;
  readonly #budget: SendBudget;
  readonly #queue: SendQueue;
  #state: PeerState;
  #badMessages = 0;
  #heardAtMs: number;
  #pingedAtMs: number;

  constructor(options: RoomPeerOptions) {
    const { clock, limits } = options;
    const nowMs = clock.monotonic();
    this.#options = options;
    this.#intake = new Intake(limits, nowMs);
    this.#budget = new SendBudget(limits, nowMs);
    this.#queue = new SendQueue({ maxModelBytes: limits.audioBufferBytes });
    this.#heardAtMs = nowMs;
    this.#pingedAtMs = nowMs;
    this.#state = { status: 'greeting', deadline: null };
  }

  /** Starts listening. `onClosed` may be called during this call, when the socket is gone already. */
  start(): void {
    this.#state = { status: 'greeting', deadline: this.#helloDeadline() };
    this.#options.socket.listen({
      message: (data, isBinary) => this.#received(data, isBinary),
      drain: () => this.#drained(),
      pong: () => {
        this.#heardAtMs = this.#options.clock.monotonic();
      },
      close: () => this.#closed(),
    });
  }

  send(message: RoomServerMessage, encoded: string): void {
    if (!this.#isReachable()) return;
    if (message.type === 'interrupted') this.#queue.interrupt(message.turn);
    const verdict = this.#budget.message(this.#options.socket.bufferedAmount);
    if (verdict === 'close') this.#closeSlow();
    else this.#give(this.#options.bytes.ofText(encoded), false);
  }

  sendMedia(frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#isReachable()) return false;
    const { bytes, clock, socket } = this.#options;
    switch (this.#budget.media(frame[1], socket.bufferedAmount)) {
      case 'send':
        if (this.#queue.holds(frame[1])) return this.#queue.hold(frame, clock.monotonic());
        this.#give(bytes.ofFrame(frame), true);
        return true;
      case 'hold':
        return this.#queue.hold(frame, clock.monotonic());
      case 'drop':
        return false;
      case 'close':
        this.#closeSlow();
        return false;
    }
  }

  /** Sends a message that is for this client alone. */
  tell(message: RoomServerMessage): void {
    this.send(message, JSON.stringify(message));
  }

  close(code: number, reason: string): void {
    const state = this.#state;
    if (state.status === 'closing' || state.status === 'closed') return;
    if (state.status === 'greeting') state.deadline?.cancel();
    if (state.status === 'joining') state.gone.abort();
    this.#state = { status: 'closing', connection: state.status === 'joined' ? state.connection : null };
    this.#queue.clear();
    this.#options.onClose?.(code);
    this.#options.socket.close(code, toCloseReason(reason));
  }

  get roomId(): string {
    return this.#options.roomId;
  }

  /** Bytes that wait for the client. */
  get bufferedBytes(): number {
    return this.#options.socket.bufferedAmount;
  }

  /** Drops the socket without waiting for a closing handshake. */
  terminate(): void {
    this.#options.socket.terminate();
  }

  /** Looks after the connection: pings it, and ends it when it is dead or stuck. Called every few seconds. */
  check(): void {
    const { socket, limits, clock } = this.#options;
    const nowMs = clock.monotonic();
    if (this.#budget.isStuck(socket.bufferedAmount, nowMs)) {
      this.close(RoomCloseCode.slowConsumer, `Nothing could be sent to you for ${limits.stuckTimeoutMs} ms.`);
    }
    if (limits.heartbeatIntervalMs === 0) return;
    if (nowMs - this.#heardAtMs >= 2 * limits.heartbeatIntervalMs) {
      this.#options.logger.debug?.('client gave no sign of life', { connectionId: this.connectionId });
      socket.terminate();
    } else if (nowMs - this.#pingedAtMs >= limits.heartbeatIntervalMs) {
      this.#pingedAtMs = nowMs;
      socket.ping();
    }
  }

  #received(data: Buffer, isBinary: boolean): void {
    this.#heardAtMs = this.#options.clock.monotonic();
    if (!this.#isReachable()) return;
    try {
      if (isBinary) this.#receivedFrame(parseMediaFrame(data));
      else this.#receivedMessage(parseRoomClientMessage(this.#checkedText(data)), data.byteLength);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #checkedText(data: Buffer): string {
    const most = this.#options.limits.maxTextMessageBytes;
    if (most === 0 || data.byteLength <= most) return data.toString();
    throw new TooLargeError(`A JSON message has ${data.byteLength} bytes; the most is ${most}.`);
  }

  #receivedMessage(message: RoomClientMessage, bytes: number): void {
    const state = this.#state;
    if (message.type === 'hello') {
      if (state.status === 'greeting') this.#greeted(message, state.deadline);
      else this.close(RoomCloseCode.badMessage, '"hello" was said twice; say it once, first.');
    } else if (state.status === 'greeting') {
      throw new RoomMessageError(`The first message is "${message.type}"; say "hello" first.`);
    } else if (this.#admits(this.#intake.message(message, this.#options.clock.monotonic()), message)) {
      if (state.status === 'joined') state.connection.receive(message);
      else if (state.status === 'joining') this.#receivedEarly(message, bytes, state.early);
    }
  }

  /** The room may be a long time coming: there may be a waiting room before it. */
  #receivedEarly(message: RoomClientMessage, bytes: number, early: EarlyMessages<RoomClientMessage>): void {
    if (message.type === 'ping') {
      this.tell({ type: 'pong', t: message.t, serverTime: this.#options.clock.now() });
    } else if (message.type === 'leave') {
      this.close(1000, 'left');
    } else if (!early.keep(message, bytes)) {
      this.#tellTooFast(message);
    }
  }

  #receivedFrame(frame: MediaFrame): void {
    const state = this.#state;
    if (state.status === 'greeting')
      throw new MediaFrameError('The first message is a media frame; say "hello" first.');
    if (frame.kind === MediaKind.modelAudio) {
      throw new MediaFrameError('Media kind 2 is the model; clients send kinds 1, 3 and 4.');
    }
    // What is said before the room is there is not worth keeping: it would be late.
    if (state.status !== 'joined') return;
    if (this.#admits(this.#intake.frame(frame, this.#options.clock.monotonic()), null)) {
      state.connection.receiveMedia(frame);
    }
  }

  #admits(admission: Admission, message: RoomClientMessage | null): boolean {
    if (admission === 'flood') this.close(RoomCloseCode.tooFast, 'You send too fast; slow down and connect again.');
    // Frames over the limit are dropped without a word: an answer for each would double the flood.
    if (admission === 'refused' && message !== null) this.#tellTooFast(message);
    return admission === 'admitted';
  }

  #tellTooFast(message: RoomClientMessage): void {
    const code = 'ERR_TOO_FAST';
    const text = 'You send too fast; try again in a second.';
    if (message.type === 'pub') {
      this.tell({ type: 'nack', cid: message.cid, code, message: text, retryable: true });
    } else if (message.type === 'request') {
      this.tell({ type: 'refused', id: message.id, code, message: text, retryable: true });
    } else {
      this.tell({ type: 'error', code, message: text });
    }
  }

  #greeted(hello: RoomClientMessage & { type: 'hello' }, deadline: Timer | null): void {
    // A newer client is told in `welcome` which version counts: while servers are replaced it meets old and new ones.
    if (hello.v < ROOM_WIRE_VERSION) {
      const reason = `"v" of "hello" is ${hello.v}; this server speaks version ${ROOM_WIRE_VERSION}.`;
      this.close(RoomCloseCode.badMessage, reason);
      return;
    }
    deadline?.cancel();
    const early = new EarlyMessages<RoomClientMessage>({
      maxCount: MAX_EARLY,
      maxBytes: this.#options.limits.maxEarlyBytes,
    });
    const gone = new AbortController();
    this.#state = { status: 'joining', early, gone };
    this.#join(hello, early, gone.signal).catch((error: unknown) => this.#notJoined(error));
  }

  async #join(
    hello: RoomClientMessage & { type: 'hello' },
    early: EarlyMessages<RoomClientMessage>,
    signal: AbortSignal,
  ): Promise<void> {
    const { manager, roomId, identify } = this.#options;
    const { clientId, resume, receive } = hello;
    const client = {
      ...{ identity: identify(clientId), clientId },
      ...(resume !== undefined && { resume }),
      ...(receive !== undefined && { receive }),
    };
    const connection = await manager.connect(roomId, client, this, { signal });
    if (this.#state.status === 'joining') {
      this.#state = { status: 'joined', connection };
      for (const message of early.take()) connection.receive(message);
    } else if (this.#state.status === 'closing') {
      this.#state = { status: 'closing', connection };
    } else {
      // The client left while the room was being opened for it.
      connection.disconnected();
    }
  }

  #notJoined(error: unknown): void {
    const { closeCode, message, internal } = toRefusal(error);
    if (internal) this.#options.logger.error?.('room could not be joined', { roomId: this.#options.roomId, error });
    this.close(closeCode, message);
  }

  /** Answers something wrong: with a word, or by closing when it was too much or nothing good came before. */
  #refuse(error: unknown): void {
    const { closeCode, code, message } = toRefusal(error);
    this.#badMessages += 1;
    if (error instanceof TooLargeError) this.close(RoomCloseCode.tooLarge, error.message);
    else if (this.#state.status === 'greeting' || this.#badMessages >= MAX_BAD_MESSAGES) this.close(closeCode, message);
    else if (error instanceof RoomMessageError && error.requestId !== null) {
      this.tell({ type: 'refused', id: error.requestId, code, message, retryable: false });
    } else this.tell({ type: 'error', code, message });
  }

  #give(data: Buffer, isBinary: boolean): void {
    this.#budget.sent(data.byteLength);
    this.#options.socket.send(data, isBinary);
  }

  #closeSlow(): void {
    const reason = `More than ${this.#options.limits.maxBufferedBytes} bytes wait for you; connect again.`;
    this.close(RoomCloseCode.slowConsumer, reason);
  }

  /** Bytes left the socket: audio that waits follows. */
  #drained(): void {
    const { bytes, clock, socket } = this.#options;
    while (!this.#queue.isEmpty && this.#isReachable() && this.#budget.hasRoom(socket.bufferedAmount)) {
      const frame = this.#queue.next(clock.monotonic());
      if (frame) this.#give(bytes.ofFrame(frame), true);
    }
  }

  #isReachable(): boolean {
    return this.#state.status !== 'closing' && this.#state.status !== 'closed';
  }

  #helloDeadline(): Timer | null {
    const { clock, limits } = this.#options;
    if (limits.helloTimeoutMs === 0) return null;
    return clock.setTimer(limits.helloTimeoutMs, () => {
      this.close(RoomCloseCode.badMessage, `No "hello" came within ${limits.helloTimeoutMs} ms; say it first.`);
    });
  }

  #closed(): void {
    const state = this.#state;
    this.#state = { status: 'closed' };
    this.#queue.clear();
    if (state.status === 'greeting') state.deadline?.cancel();
    if (state.status === 'joining') state.gone.abort();
    if (state.status === 'joined' || state.status === 'closing') state.connection?.disconnected();
    this.#options.onClosed(this);
  }
}

/** Messages kept while the room is being opened, or a host is asked. */
const MAX_EARLY = 32;

/** Wrong messages in one connection before the client is taken for broken. */
const MAX_BAD_MESSAGES = 10;

class TooLargeError extends Error {}
