import { RoomCloseCode, type RoomInfo, type RoomServerMessage, toCloseReason } from '@colloquy/live-protocol';
import { roomCloseOf } from '../close-of.ts';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import { type EncodedEntry, toEntriesMessage } from '../log/encoded-entry.ts';
import type { EpochTurn } from '../log/room-feed.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { KeptPerson } from '../presence/roster.ts';
import { catchUpWith } from '../room/catch-up-with.ts';
import { RoomLog } from '../room/room-log.ts';
import type { ConnectingClient, RoomConnection } from '../room-connection.ts';
import type { RoomErrorStage } from '../room-events.ts';
import type { RoomSettings } from '../settings.ts';
import { EdgeConnection } from './edge-connection.ts';
import { edgeLog } from './edge-log.ts';
import { EdgeMirror } from './edge-mirror.ts';
import { loneWelcome } from './lone-welcome.ts';
import type { OwnerSearch } from './owner-search.ts';
import type { RoomHost } from './room-host.ts';

/** What an {@link EdgeRoom} is made of. */
export interface EdgeRoomOptions {
  readonly info: RoomInfo;
  readonly engine: RoomEngine;
  readonly clock: Clock;
  readonly settings: RoomSettings;
  /** Whether the room has a model. */
  readonly hasModel: boolean;
  /** Who was in the room, as its last owner kept it. @throws RoomCoreError of the node. */
  readonly keptPeople: () => Promise<readonly KeptPerson[]>;
  readonly onError: (stage: RoomErrorStage, error: unknown) => void;
  readonly onMeasured: (measurement: RoomMeasurement) => void;
  /** Nobody of this node has been in the room for a while. */
  readonly onEmpty: () => void;
}

type Welcome = Extract<RoomServerMessage, { readonly type: 'welcome' }>;

/** How long an edge without people goes on, so that whoever comes back finds it, milliseconds. */
const EMPTY_MS = 5_000;
/** Somebody who was in the room before and is not let in so long, since nobody runs it, is in without an owner, milliseconds. */
const LONE_MS = 500;

/** The people of one room who are connected to this node. */
export class EdgeRoom {
  /** What the owner tells. */
  readonly mirror: EdgeMirror = new EdgeMirror();
  readonly #options: EdgeRoomOptions;
  readonly #log: RoomLog;
  readonly #forConnections: ReturnType<typeof edgeLog>;
  readonly #connections = new Set<EdgeConnection>();
  #search: OwnerSearch | null = null;
  /** Who was in the room, while it is asked for. */
  #kept: Promise<readonly KeptPerson[]> | null = null;
  #joining = 0;
  #empty: Timer | null = null;
  #closed: { readonly code: number; readonly reason: string } | null = null;

  private constructor(options: EdgeRoomOptions, log: RoomLog) {
    this.#options = options;
    this.#log = log;
    const { clock, engine, info, settings, onError } = options;
    this.#forConnections = edgeLog({
      ...{ clock, engine, log, settings, roomId: info.id },
      roleOf: (participantId) => this.#roleOf(participantId),
      report: (error) => onError('connection', error),
      isClosed: () => this.#closed !== null,
    });
    log.listen((entry) => this.#entryAppended(entry));
    this.#emptied();
  }

  /** @throws RoomCoreError of the engine. */
  static async open(options: EdgeRoomOptions): Promise<EdgeRoom> {
    const { clock, engine, info, onError, onMeasured } = options;
    let tell = (_turn: EpochTurn): void => {};
    const onEpoch = (turn: EpochTurn): void => tell(turn);
    const log = await RoomLog.open({ engine, roomId: info.id, clock, onError, onEpoch, onMeasured });
    const edge = new EdgeRoom(options, log);
    tell = (turn) => edge.#epochTurned(turn);
    return edge;
  }

  /** How it finds whoever runs the room. */
  set search(search: OwnerSearch) {
    this.#search = search;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** @throws RoomCoreError as `RoomManager.connect` does */
  async join(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<RoomConnection> {
    this.#checkGoing();
    this.#joining += 1;
    this.#empty?.cancel();
    const connection = new EdgeConnection({
      ...{ client, port, clock: this.#options.clock, log: this.#forConnections },
      observe: (message) => this.#observe(message),
      onEnd: (ended) => {
        this.#connections.delete(ended);
        this.#emptied();
      },
    });
    this.#connections.add(connection);
    try {
      for (let isWelcomed = false; !isWelcomed; ) {
        const lone = await this.#arrive(connection, signal);
        isWelcomed = await catchUpWith(this.#log, client.resume, (position) => connection.welcome(position, lone));
        this.#checkGoing();
      }
      return connection;
    } catch (error) {
      connection.disconnected();
      throw error;
    } finally {
      this.#joining -= 1;
      this.#emptied();
    }
  }

  /** Somebody runs the room now. */
  hosted(host: RoomHost): void {
    for (const connection of this.#connections) {
      if (connection.isWelcomed)
        this.#reattach(connection, host).catch((error) => this.#options.onError('connection', error));
    }
  }

  /** Whoever ran the room is gone. */
  unhosted(): void {
    const { model } = this.mirror;
    for (const connection of this.#connections) connection.detach(model.status === 'off' ? null : model);
  }

  /** Tells every client to come back elsewhere within `withinMs`. */
  goAway(withinMs: number): void {
    for (const connection of this.#connections) {
      const message: RoomServerMessage = { type: 'goaway', inMs: Math.floor(Math.random() * withinMs) };
      connection.send(message, JSON.stringify(message));
    }
  }

  /** Ends every connection. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = { code, reason };
    this.#empty?.cancel();
    for (const connection of [...this.#connections]) connection.end(code, toCloseReason(reason));
    this.#log.close();
  }

  /**
   * Seats a client with whoever runs the room.
   * @returns what it is told instead, when that takes long and it was in the room before; its seat follows.
   */
  async #arrive(connection: EdgeConnection, signal: AbortSignal | undefined): Promise<Welcome | null> {
    const seated = this.#seat(connection, signal);
    let late: Timer | null = null;
    const lone = new Promise<Welcome>((resolve) => {
      late = this.#options.clock.setTimer(LONE_MS, () => {
        this.#loneWelcome(connection)
          .then((welcome) => welcome && resolve(welcome))
          .catch((error) => this.#options.onError('node', error));
      });
    });
    try {
      const welcome = await Promise.race([seated.then(() => null), lone]);
      if (welcome) seated.catch((error) => this.#notTakenIn(connection, error));
      return welcome;
    } finally {
      (late as Timer | null)?.cancel();
    }
  }

  async #loneWelcome({ connectionId, participantId }: EdgeConnection): Promise<Welcome | null> {
    const { clock, hasModel, info, settings } = this.#options;
    this.#kept ??= this.#options.keptPeople().finally(() => {
      this.#kept = null;
    });
    const { mirror } = this;
    const kept = await this.#kept;
    const who = { participantId, connectionId, now: clock.now() };
    const welcome = loneWelcome({ ...who, hasModel, info, kept, mirror, settings });
    // Roles that were given in the room hold meanwhile.
    if (welcome && mirror.participants.length === 0) mirror.observe(welcome);
    return welcome;
  }

  async #seat(connection: EdgeConnection, signal: AbortSignal | undefined): Promise<void> {
    let failed: RoomHost | null = null;
    for (;;) {
      const host: RoomHost | null = await this.#findHost(failed).catch((error: unknown) => {
        if (connection.isWelcomed) return null;
        throw error;
      });
      // In without an owner by now: the next one takes in all of these.
      if (!host || connection.isWelcomed) return;
      if (signal?.aborted) throw new RoomCoreError('ERR_SHUT_DOWN', 'The client is gone.');
      this.#checkGoing();
      try {
        await connection.attach(host, signal);
        return;
      } catch (error) {
        if (connection.isWelcomed || signal?.aborted || !isGone(error)) throw error;
        failed = host;
      }
    }
  }

  #findHost(not: RoomHost | null): Promise<RoomHost> {
    if (!this.#search) throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; connect again.');
    return this.#search.find(not);
  }

  #reattach(connection: EdgeConnection, host: RoomHost): Promise<void> {
    return connection.attach(host).catch((error: unknown) => this.#notTakenIn(connection, error));
  }

  /** Somebody who is in the room already was not taken in by whoever runs it. */
  #notTakenIn(connection: EdgeConnection, error: unknown): void {
    // The next owner takes it in, whenever there is one.
    if (isGone(error) || connection.isEnded) return;
    const { code, reason } = roomCloseOf(error);
    connection.end(code, reason);
  }

  #roleOf(participantId: string) {
    const known = this.mirror.roleOf(participantId);
    if (known !== null) return known;
    for (const { client } of this.#connections) {
      if (client.identity.participantId === participantId) return client.identity.role;
    }
    return 'viewer';
  }

  #observe(message: RoomServerMessage): void {
    this.mirror.observe(message);
  }

  #entryAppended(encoded: EncodedEntry): void {
    const { entry } = encoded;
    this.mirror.stored(entry);
    const { message, encoded: text } = toEntriesMessage([encoded]);
    for (const connection of this.#connections) if (connection.isWelcomed) connection.send(message, text);
    if (entry.kind !== 'room.closed') return;
    this.close(RoomCloseCode.roomClosed, entry.body.reason);
    this.#options.onEmpty();
  }

  #epochTurned(turn: EpochTurn): void {
    const message: RoomServerMessage = { type: 'epoch', ...turn };
    const text = JSON.stringify(message);
    for (const connection of this.#connections) {
      if (!connection.isWelcomed) continue;
      connection.epochTurned(turn.truncateAfter);
      connection.send(message, text);
    }
  }

  #emptied(): void {
    if (this.#closed || this.#connections.size > 0 || this.#joining > 0) return;
    this.#empty?.cancel();
    this.#empty = this.#options.clock.setTimer(EMPTY_MS, () => this.#options.onEmpty());
  }

  #checkGoing(): void {
    if (!this.#closed) return;
    const { code, reason } = this.#closed;
    throw new RoomCoreError(code === RoomCloseCode.roomClosed ? 'ERR_ROOM_CLOSED' : 'ERR_SHUT_DOWN', reason);
  }
}

/** Whoever ran the room does so no more. */
function isGone(error: unknown): boolean {
  return isRoomCoreError(error) && error.code === 'ERR_SHUT_DOWN';
}
