import { RoomCloseCode, type RoomInfo, type RoomServerMessage, toCloseReason } from '@colloquy/live-protocol';
import { roomCloseOf } from '../close-of.ts';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import { type EncodedEntry, toEntriesMessage } from '../log/encoded-entry.ts';
import type { EpochTurn } from '../log/room-feed.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import { catchUpWith } from '../room/catch-up-with.ts';
import { RoomLog } from '../room/room-log.ts';
import type { ConnectingClient, RoomConnection } from '../room-connection.ts';
import type { RoomErrorStage } from '../room-events.ts';
import type { RoomSettings } from '../settings.ts';
import { EdgeConnection } from './edge-connection.ts';
import { edgeLog } from './edge-log.ts';
import { EdgeMirror } from './edge-mirror.ts';
import type { OwnerSearch } from './owner-search.ts';
import type { RoomHost } from './room-host.ts';

/** What an {@link EdgeRoom} is made of. */
export interface EdgeRoomOptions {
  readonly info: RoomInfo;
  readonly engine: RoomEngine;
  readonly clock: Clock;
  readonly settings: RoomSettings;
  readonly onError: (stage: RoomErrorStage, error: unknown) => void;
  readonly onMeasured: (measurement: RoomMeasurement) => void;
  /** Nobody of this node has been in the room for a while. */
  readonly onEmpty: () => void;
}

/** How long an edge without people goes on, so that whoever comes back finds it, milliseconds. */
const EMPTY_MS = 5_000;

/** The people of one room who are connected to this node. */
export class EdgeRoom {
  /** What the owner tells. */
  readonly mirror: EdgeMirror = new EdgeMirror();
  readonly #options: EdgeRoomOptions;
  readonly #log: RoomLog;
  readonly #forConnections: ReturnType<typeof edgeLog>;
  readonly #connections = new Set<EdgeConnection>();
  #search: OwnerSearch | null = null;
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
        await this.#seat(connection, signal);
        isWelcomed = await catchUpWith(this.#log, client.resume, (position) => connection.welcome(position));
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

  async #seat(connection: EdgeConnection, signal: AbortSignal | undefined): Promise<void> {
    let failed: RoomHost | null = null;
    for (;;) {
      const host = await this.#findHost(failed);
      if (signal?.aborted) throw new RoomCoreError('ERR_SHUT_DOWN', 'The client is gone.');
      this.#checkGoing();
      try {
        await connection.attach(host, signal);
        return;
      } catch (error) {
        if (signal?.aborted || !isGone(error)) throw error;
        failed = host;
      }
    }
  }

  #findHost(not: RoomHost | null): Promise<RoomHost> {
    if (!this.#search) throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; connect again.');
    return this.#search.find(not);
  }

  async #reattach(connection: EdgeConnection, host: RoomHost): Promise<void> {
    try {
      await connection.attach(host);
    } catch (error) {
      // The next owner takes it in.
      if (isGone(error) || connection.isEnded) return;
      const { code, reason } = roomCloseOf(error);
      connection.end(code, reason);
    }
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
