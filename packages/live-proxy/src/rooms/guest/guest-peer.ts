import { randomUUID } from 'node:crypto';
import {
  type ClientMessage,
  GeminiCloseReason,
  MediaKind,
  parseClientFrame,
  RoomCloseCode,
  type RoomServerMessage,
  type ServerMessage,
  type Setup,
  toCloseReason,
} from '@colloquy/live-protocol';
import type { Clock, ConnectionPort, RoomConnection, RoomIdentity, RoomManager, Timer } from '@colloquy/room-core';
import type { Logger } from '../../logger.ts';
import type { SocketPort } from '../../socket-port.ts';
import { TokenBucket } from '../../token-bucket.ts';
import { EarlyMessages } from '../early-messages.ts';
import { Intake } from '../intake.ts';
import type { RoomServerLimits } from '../limits.ts';
import { toRefusal } from '../refusals.ts';
import { SendBudget, type SendVerdict } from '../send-budget.ts';
import { GuestInput } from './guest-input.ts';
import { GuestOutput, type GuestOutputOptions } from './guest-output.ts';

/** What a {@link GuestPeer} is made of. */
export interface GuestPeerOptions {
  readonly socket: SocketPort;
  readonly roomId: string;
  readonly backend: 'gemini' | 'vertex';
  readonly manager: Pick<RoomManager, 'connect'>;
  readonly identify: (clientId: string) => RoomIdentity;
  readonly transcripts: GuestOutputOptions['transcripts'];
  readonly asBubbles?: boolean;
  readonly limits: RoomServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The socket is gone; called once. */
  readonly onClosed: (peer: GuestPeer) => void;
  /** The connection is ended from here. */
  readonly onClose?: (code: number) => void;
}

interface Joined {
  readonly connection: RoomConnection;
  readonly input: GuestInput;
}

/** Messages per second of a Gemini client, which sends sound as messages; as many may come at once twice over. */
const MESSAGES_PER_SECOND = 200;
/** Messages kept while the room is being opened, and their bytes: one as large as a message may be always fits. */
const MAX_EARLY = 256;
const MAX_EARLY_BYTES = 1024 * 1024;

/**
 * A Gemini Live client in a room: from the upgrade to the end of its socket. Its setup is answered and configures nothing
 * but its own connection; what it says counts as that person's, and it hears the room's model.
 */
export class GuestPeer implements ConnectionPort {
  readonly connectionId: string = randomUUID();
  readonly #options: GuestPeerOptions;
  readonly #clientId = `live-${randomUUID()}`;
  readonly #messages: TokenBucket;
  readonly #intake: Intake;
  readonly #budget: SendBudget;
  #deadline: Timer | null = null;
  #setup: Setup | null = null;
  #output: GuestOutput | null = null;
  #joined: Joined | null = null;
  readonly #early = new EarlyMessages<ClientMessage>({ maxCount: MAX_EARLY, maxBytes: MAX_EARLY_BYTES });
  readonly #gone = new AbortController();
  /** A host is asked whether it may come in: what it says meanwhile would be late. */
  #isWaiting = false;
  #floorPolicy = 'mix';
  #isClosing = false;
  #isGone = false;
  #heardAtMs: number;
  #pingedAtMs: number;

  constructor(options: GuestPeerOptions) {
    this.#options = options;
    const nowMs = options.clock.monotonic();
    this.#messages = new TokenBucket(MESSAGES_PER_SECOND, 2 * MESSAGES_PER_SECOND, nowMs);
    this.#intake = new Intake(options.limits, nowMs);
    this.#budget = new SendBudget(options.limits, nowMs);
    this.#heardAtMs = nowMs;
    this.#pingedAtMs = nowMs;
  }

  /** Starts listening. `onClosed` may be called during this call, when the socket is gone already. */
  start(): void {
    const { clock, limits, socket } = this.#options;
    if (limits.helloTimeoutMs > 0) {
      this.#deadline = clock.setTimer(limits.helloTimeoutMs, () =>
        this.close(1008, `No setup came within ${limits.helloTimeoutMs} ms; send it first.`),
      );
    }
    socket.listen({
      message: (data) => this.#received(data),
      pong: () => {
        this.#heardAtMs = clock.monotonic();
      },
      close: ({ code }) => this.#closed(code),
    });
  }

  send(message: RoomServerMessage): void {
    if (message.type === 'waiting') this.#waitsForHost();
    if (message.type === 'welcome') this.#welcomed(message);
    if (message.type === 'ack' || message.type === 'nack') this.#joined?.input.answered(message);
    if (message.type === 'floor') this.#floorPolicy = message.floor.policy;
    for (const one of this.#output?.message(message) ?? [])
      this.#say(one, (buffered) => this.#budget.message(buffered));
  }

  sendMedia(frame: Uint8Array<ArrayBuffer>): boolean {
    const message = this.#output?.media(frame);
    return message ? this.#say(message, (buffered) => this.#budget.media(frame[1], buffered)) : true;
  }

  tell(message: RoomServerMessage): void {
    this.send(message);
  }

  close(code: number, reason: string): void {
    if (this.#isClosing || this.#isGone) return;
    this.#isClosing = true;
    this.#deadline?.cancel();
    this.#gone.abort();
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

  terminate(): void {
    this.#options.socket.terminate();
  }

  /** Looks after the connection: pings it, and ends it when it is dead or stuck. Called every few seconds. */
  check(): void {
    const { clock, limits, socket } = this.#options;
    const nowMs = clock.monotonic();
    if (this.#budget.isStuck(socket.bufferedAmount, nowMs)) this.close(RoomCloseCode.slowConsumer, 'slow');
    if (limits.heartbeatIntervalMs === 0) return;
    if (nowMs - this.#heardAtMs >= 2 * limits.heartbeatIntervalMs) socket.terminate();
    else if (nowMs - this.#pingedAtMs >= limits.heartbeatIntervalMs) {
      this.#pingedAtMs = nowMs;
      socket.ping();
    }
  }

  #received(data: Buffer): void {
    const nowMs = this.#options.clock.monotonic();
    this.#heardAtMs = nowMs;
    if (this.#isClosing) return;
    if (!this.#messages.take(1, nowMs)) {
      this.close(RoomCloseCode.tooFast, 'You send too fast; slow down and connect again.');
      return;
    }
    const parsed = parseClientFrame(data);
    if (!parsed.ok) this.close(parsed.violation.closeCode, parsed.violation.reason);
    else if (this.#setup === null) this.#begin(parsed.message);
    else if (this.#joined !== null) this.#take(this.#joined, parsed.message);
    else this.#takeEarly(parsed.message, data.byteLength);
  }

  #takeEarly(message: ClientMessage, bytes: number): void {
    const isSound = message.realtimeInput !== undefined && message.realtimeInput.text === undefined;
    if (this.#isWaiting && isSound) return;
    if (this.#early.keep(message, bytes) || isSound) return;
    this.close(RoomCloseCode.tooFast, 'Wait for setupComplete before you send more.');
  }

  #waitsForHost(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    for (const message of this.#early.take()) this.#takeEarly(message, 0);
  }

  #begin({ setup }: ClientMessage): void {
    if (setup === undefined) {
      this.close(1007, GeminiCloseReason.setupFirst);
      return;
    }
    this.#deadline?.cancel();
    this.#setup = setup;
    this.#join(setup).catch((error: unknown) => this.#notJoined(error));
  }

  async #join(setup: Setup): Promise<void> {
    const { clock, identify, limits, logger, manager, roomId } = this.#options;
    const clientId = this.#clientId;
    const connection = await manager.connect(roomId, { identity: identify(clientId), clientId }, this, {
      signal: this.#gone.signal,
    });
    if (this.#isGone) {
      connection.disconnected();
      return;
    }
    const input = new GuestInput({
      ...{ clock, clientId, setup, soundBytesPerSecond: limits.audioBytesPerSecond },
      connection: {
        receive: (message) => connection.receive(message),
        // Everybody gets these; sound is counted as it comes and paced by its own clock.
        receiveMedia: (frame) => {
          const isTooMuch =
            frame.kind === MediaKind.modelPicture && this.#intake.frame(frame, clock.monotonic()) !== 'admitted';
          if (!isTooMuch) connection.receiveMedia(frame);
        },
      },
      asksForFloor: () => this.#floorPolicy === 'floor',
      onIgnored: (what) => logger.debug?.('a Gemini client said what rooms do not take', { roomId, what }),
      onLost: (why) => this.close(1011, why),
    });
    this.#joined = { connection, input };
    for (const message of this.#early.take()) this.#take(this.#joined, message);
  }

  #take({ input }: Joined, message: ClientMessage): void {
    const problem = input.receive(message);
    if (problem !== null) this.close(problem.closeCode, problem.reason);
  }

  #notJoined(error: unknown): void {
    const { closeCode, internal, message } = toRefusal(error);
    const { logger, roomId } = this.#options;
    if (internal) logger.error?.('a Gemini client could not join a room', { roomId, error });
    this.close(closeCode, message);
  }

  #welcomed({ floor, self }: Extract<RoomServerMessage, { readonly type: 'welcome' }>): void {
    const { asBubbles, backend, transcripts } = this.#options;
    this.#floorPolicy = floor.policy;
    this.#output = new GuestOutput({
      setup: this.#setup ?? {},
      participantId: self.participantId,
      transcripts,
      ...(asBubbles !== undefined && { asBubbles }),
      audioMimeType: backend === 'vertex' ? 'audio/pcm' : 'audio/pcm;rate=24000',
    });
    const setupComplete = backend === 'vertex' ? { sessionId: this.connectionId } : {};
    this.#say({ setupComplete }, (buffered) => this.#budget.message(buffered));
  }

  /** @returns whether it was sent. */
  #say(message: ServerMessage, judge: (bufferedBytes: number) => SendVerdict): boolean {
    const { limits, socket } = this.#options;
    if (this.#isClosing || this.#isGone) return false;
    const verdict = judge(socket.bufferedAmount);
    if (verdict === 'close') {
      this.close(RoomCloseCode.slowConsumer, `More than ${limits.maxBufferedBytes} bytes wait for you; connect again.`);
    }
    // There is no queue for sound here: what may wait waits in the socket, up to the limit of sound.
    if (verdict !== 'send' && verdict !== 'hold') return false;
    const data = Buffer.from(JSON.stringify(message));
    this.#budget.sent(data.byteLength);
    // The service sends its JSON in binary frames, and clients are built for that.
    socket.send(data, true);
    return true;
  }

  #closed(code: number): void {
    this.#isGone = true;
    this.#deadline?.cancel();
    this.#gone.abort();
    const { connection, input } = this.#joined ?? {};
    input?.dispose();
    // A client that says goodbye has left; one that broke may be back.
    if (code === 1000 || code === 1005) connection?.receive({ type: 'leave' });
    connection?.disconnected();
    this.#options.onClosed(this);
  }
}
