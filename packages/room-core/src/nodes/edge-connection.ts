import {
  MediaCodec,
  MediaFlag,
  type MediaFrame,
  type ModelState,
  parseMediaFrame,
  type RoomClientMessage,
  RoomCloseCode,
  type RoomServerMessage,
} from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import { toEntriesMessages } from '../log/encoded-entry.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { CaughtUp } from '../room/catch-up-with.ts';
import { type ConnectionRoom, LiveConnection } from '../room/live-connection.ts';
import type { ConnectingClient, RoomConnection } from '../room-connection.ts';
import type { RoomHost } from './room-host.ts';

type Welcome = Extract<RoomServerMessage, { readonly type: 'welcome' }>;
/** What a connection says once and an owner has to know: the next one is told again. */
type Standing = Extract<RoomClientMessage, { readonly type: 'media' | 'watch' | 'tools' }>;

/** What an {@link EdgeConnection} is made of. */
export interface EdgeConnectionOptions {
  readonly clock: Clock;
  /** The log, as this node reads and writes it. */
  readonly log: ConnectionRoom;
  readonly client: ConnectingClient;
  readonly port: ConnectionPort;
  /** What the owner tells, before this connection hands it on. */
  readonly observe: (message: RoomServerMessage) => void;
  /** The connection is over on this side. */
  readonly onEnd: (connection: EdgeConnection) => void;
}

/** A room that closes tells so by its log; should that fail, the connection is closed all the same, milliseconds. */
const CLOSING_MS = 2_000;
/** Whole pictures are asked for this often at most, milliseconds. */
const KEY_FRAME_PAUSE_MS = 2_000;

/**
 * A client of this node. What it writes and reads goes to the log from here; everything else goes to whoever runs the room,
 * on this node or another, and goes on with the next one when that is gone.
 */
export class EdgeConnection implements RoomConnection {
  readonly client: ConnectingClient;
  readonly #options: EdgeConnectionOptions;
  readonly #local: LiveConnection;
  readonly #standing = new Map<string, Standing>();
  /** Cameras and screens of which a frame was dropped: without a whole picture the rest cannot be decoded. */
  readonly #broken = new Set<number>();
  #seat: RoomConnection | null = null;
  /** The port that the current owner was given; what others say is nothing to us. */
  #hostPort: ConnectionPort | null = null;
  #hostWelcome: Welcome | null = null;
  /** Told by the owner after its welcome, before the client got its own. */
  #early: { readonly message: RoomServerMessage; readonly encoded: string }[] = [];
  #welcomed = false;
  #known = new Set<string>();
  #presenceVersion = 0;
  /** What is added to the owner's versions of presence: the client counts on through every owner. */
  #versionShift = 0;
  #brokenAt = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(options: EdgeConnectionOptions) {
    this.#options = options;
    this.client = options.client;
    const { client, log, port } = options;
    // It gets no media by itself.
    const parts = { room: log, port, identity: client.identity, clientId: client.clientId, index: 0, receive: null };
    this.#local = new LiveConnection(parts);
  }

  get roomId(): string {
    return this.#local.roomId;
  }

  get connectionId(): string {
    return this.#local.connectionId;
  }

  get participantId(): string {
    return this.#local.participantId;
  }

  get index(): number {
    return this.#seat?.index ?? 0;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** Whether its client is in the room. */
  get isWelcomed(): boolean {
    return this.#welcomed;
  }

  /**
   * Joins with whoever runs the room now; a client that is in the room already is told what is different.
   * @throws RoomCoreError as {@link RoomHost.join} does
   */
  async attach(host: RoomHost, signal?: AbortSignal): Promise<void> {
    const hostPort = this.#makeHostPort();
    this.#hostPort = hostPort;
    this.#hostWelcome = null;
    this.#early = [];
    const { resume: _, ...client } = this.client;
    const seat = await host.join(client, hostPort, signal);
    if (this.#ended || this.#hostPort !== hostPort) {
      seat.disconnected();
      return;
    }
    this.#seat = seat;
    if (!this.#welcomed) return;
    this.#tellDifference();
    for (const message of this.#standing.values()) seat.receive(message);
  }

  /** Whoever ran the room is gone. */
  detach(model: ModelState | null): void {
    this.#seat = null;
    this.#hostPort = null;
    this.#hostWelcome = null;
    if (!this.#welcomed || model === null) return;
    if (model.status === 'speaking') this.#local.send({ type: 'interrupted', turn: model.turn });
    const reason = 'another server takes over';
    this.#local.send({ type: 'model', model: { status: 'reconnecting', turn: model.turn, reason } });
  }

  /**
   * Tells the client where it is; from now on it hears everything.
   * @param lone - what it is told while nobody runs the room; the next owner tells the rest.
   * @returns `false` when whoever let it in is gone meanwhile.
   */
  welcome({ plan, epoch, top, entries }: CaughtUp, lone: Welcome | null = null): boolean {
    const hosted = this.#seat && this.#hostWelcome;
    const welcome = hosted ?? lone;
    if (!welcome || this.#ended) return this.#ended;
    const { recovered, from, truncateAfter } = plan;
    const self = { ...welcome.self, connectionId: this.connectionId };
    const { truncateAfter: _, ...shared } = welcome;
    this.#takeOver(welcome, 0);
    this.#presenceVersion = welcome.presenceVersion;
    this.#welcomed = true;
    this.#local.send({
      ...shared,
      ...{ epoch, top, recovered, self, hasOlder: from > 1 },
      ...(truncateAfter !== undefined && { truncateAfter }),
    });
    for (const { message, encoded } of toEntriesMessages(entries)) this.#local.send(message, encoded);
    if (hosted) this.#handOnEarly();
    return true;
  }

  send(message: RoomServerMessage, encoded: string): void {
    this.#local.send(message, encoded);
  }

  epochTurned(truncateAfter: number): void {
    this.#local.epochTurned(truncateAfter);
  }

  receive(message: RoomClientMessage): void {
    if (this.#ended) return;
    switch (message.type) {
      case 'pub':
      case 'history':
      case 'search':
      case 'sync':
      case 'ping':
      case 'hello':
        this.#local.receive(message);
        return;
      case 'leave':
        this.#seat?.receive(message);
        this.end(1000, 'left');
        return;
      case 'media':
      case 'watch':
      case 'tools':
        this.#standing.set(message.type, message);
        this.#seat?.receive(message);
        return;
      case 'request':
        if (this.#seat) this.#seat.receive(message);
        else this.#refuse(message.id);
        return;
      default:
        this.#seat?.receive(message);
    }
  }

  receiveMedia(frame: MediaFrame): void {
    if (!this.#ended) this.#seat?.receiveMedia(frame);
  }

  disconnected(): void {
    if (this.#ended) return;
    const seat = this.#seat;
    this.#finish();
    this.#local.disconnected();
    seat?.disconnected();
  }

  /** Ends the connection from this side. */
  end(code: number, reason: string): void {
    if (this.#ended) return;
    const seat = this.#seat;
    this.#finish();
    this.#local.end(code, reason);
    seat?.disconnected();
  }

  #finish(): void {
    this.#ended = true;
    this.#seat = null;
    this.#hostPort = null;
    this.#options.onEnd(this);
  }

  #refuse(id: string): void {
    const message = 'Another server is taking the room over; ask again in a moment.';
    this.#local.send({ type: 'refused', id, code: 'ERR_SHUT_DOWN', message, retryable: true });
  }

  #makeHostPort(): ConnectionPort {
    const hostPort: ConnectionPort = {
      connectionId: this.connectionId,
      send: (message, encoded) => {
        if (this.#hostPort === hostPort) this.#take(message, encoded);
      },
      sendMedia: (frame) => this.#hostPort === hostPort && this.#takeMedia(frame),
      close: (code, reason) => {
        if (this.#hostPort === hostPort) this.#closeFor(code, reason);
      },
    };
    return hostPort;
  }

  #take(message: RoomServerMessage, encoded: string): void {
    this.#options.observe(message);
    if (message.type === 'welcome') {
      this.#hostWelcome = message;
      return;
    }
    const isWaiting = this.#hostWelcome === null;
    if (isWaiting || (this.#welcomed && this.#seat !== null)) this.#handOn(message, encoded);
    else this.#early.push({ message, encoded });
  }

  #handOn(message: RoomServerMessage, encoded: string): void {
    if (message.type !== 'presence') {
      this.#local.send(message, encoded);
      return;
    }
    const version = message.version + this.#versionShift;
    for (const { participantId } of message.changed) this.#known.add(participantId);
    for (const participantId of message.removed) this.#known.delete(participantId);
    this.#presenceVersion = version;
    this.#local.send(this.#versionShift === 0 ? message : { ...message, version });
  }

  #handOnEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const { message, encoded } of early) this.#handOn(message, encoded);
  }

  #takeOver(welcome: Welcome, versionShift: number): void {
    this.#known = new Set(welcome.participants.map(({ participantId }) => participantId));
    this.#versionShift = versionShift;
  }

  /** Another owner: the client hears what it cannot know. */
  #tellDifference(): void {
    const welcome = this.#hostWelcome;
    if (!welcome) return;
    const { codecs, effective, floor, inflight, model, participants, pin, presenceVersion, recording, room } = welcome;
    const present = new Set(participants.map(({ participantId }) => participantId));
    const removed = [...this.#known].filter((participantId) => !present.has(participantId));
    this.#presenceVersion += 1;
    this.#takeOver(welcome, this.#presenceVersion - presenceVersion);
    const { configuration, configurationVersion, locked, waitingRoom } = room;
    const messages: readonly RoomServerMessage[] = [
      { type: 'presence', version: this.#presenceVersion, changed: participants, removed },
      { type: 'settings', version: configurationVersion, configuration, effective, by: roomActor },
      { type: 'doors', locked, waitingRoom, by: roomActor },
      { type: 'model', model },
      { type: 'floor', floor },
      { type: 'pin', pin },
      { type: 'codecs', ...codecs },
      { type: 'recording', recording },
      ...inflight.map(({ messageId, kind, turn, speakers, text }): RoomServerMessage => {
        return { type: 'delta', messageId, kind, turn, speakers, offset: 0, text };
      }),
    ];
    for (const message of messages) this.#local.send(message);
    this.#handOnEarly();
  }

  /** @returns whether it went out. */
  #takeMedia(frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#welcomed) return false;
    const { clock, port } = this.#options;
    const { codec, flags, participant } = parseMediaFrame(frame);
    const isVideo = codec === MediaCodec.vp8;
    const stream = participant * 2 + ((flags & MediaFlag.screen) !== 0 ? 1 : 0);
    if (isVideo && this.#broken.has(stream) && (flags & MediaFlag.keyFrame) === 0) {
      const now = clock.monotonic();
      if (now - this.#brokenAt < KEY_FRAME_PAUSE_MS) return false;
      this.#brokenAt = now;
      // Whoever says again what they watch is shown whole pictures first.
      this.#seat?.receive(this.#standing.get('watch') ?? { type: 'watch', cameras: 'all', screens: 'all' });
      return false;
    }
    const isOut = port.sendMedia(frame);
    if (isVideo && isOut) this.#broken.delete(stream);
    else if (isVideo) this.#broken.add(stream);
    return isOut;
  }

  #closeFor(code: number, reason: string): void {
    this.#seat = null;
    if (code !== RoomCloseCode.roomClosed) this.end(code, reason);
    // The last entry of the log comes first.
    else this.#options.clock.setTimer(CLOSING_MS, () => this.end(code, reason));
  }
}
