import {
  DEFAULT_ROOM_CONFIGURATION,
  type EntryActor,
  type LogEntry,
  type ParticipantRole,
  RoomCloseCode,
  type RoomInfo,
  type RoomLimits,
} from '@colloquy/live-protocol';
import { roomActor } from './actors.ts';
import { localMixers } from './audio/local-mixer.ts';
import { Emitter } from './emitter.ts';
import { checkCount, roomNotFound } from './engine/checks.ts';
import { isRoomCoreError, RoomCoreError } from './errors.ts';
import { type ExportFormat, type ExportOptions, exportLog, type RoomExport } from './export/export-log.ts';
import { checkClient, checkConfiguration, checkName, checkRoomId } from './input.ts';
import type { Clock, Timer } from './ports/clock.ts';
import type { ConnectionPort } from './ports/connection.ts';
import type { ModelPort } from './ports/model-session.ts';
import type { RoomEngine, RoomRecord } from './ports/room-engine.ts';
import type { MixerPort } from './ports/room-mixer.ts';
import { randomId } from './random-id.ts';
import { LiveRoom } from './room/live-room.ts';
import type { ConnectingClient, RoomConnection } from './room-connection.ts';
import type { RoomManagerEvents } from './room-events.ts';
import type { RoomLogger, RoomManagerOptions } from './room-options.ts';
import type {
  CreateRoomInput,
  HistoryOptions,
  HistoryPage,
  ListOptions,
  RoomList,
  SearchOptions,
  SearchPage,
} from './room-queries.ts';
import type { RoomSessionInfo } from './room-sessions.ts';
import { searchLog } from './search/search-log.ts';
import { type RoomSettings, toSettings, toWireLimits } from './settings.ts';
import { systemClock } from './system-clock.ts';

/** How long the upstream connections of models may take to close, in milliseconds. */
const CLOSE_MODELS_MS = 2_000;
/** How often an update that lost against another one is tried again. */
const UPDATE_ATTEMPTS = 5;
const DEFAULT_CLOSE_REASON = 'the room was closed';

/**
 * Rooms in which several people share one model session. Knows no socket: an adapter passes parsed messages in and
 * gives a {@link ConnectionPort} to answer through.
 *
 * @example
 * ```ts
 * const rooms = new RoomManager({ engine: sqliteEngine({ directory: './data' }), model });
 * rooms.on('turnCompleted', ({ room, text }) => console.log(room.name, text));
 * const { id } = await rooms.create({ name: 'Panel', configuration: { instructions: 'You moderate.' } });
 * ```
 */
export class RoomManager {
  /** What clients are told they may send; adapters enforce `maxMessageBytes`. */
  readonly limits: RoomLimits;
  readonly #engine: RoomEngine;
  readonly #model: ModelPort | null;
  readonly #clock: Clock;
  readonly #mixers: MixerPort;
  readonly #logger: RoomLogger;
  readonly #settings: RoomSettings;
  readonly #events: Emitter<RoomManagerEvents>;
  /** Rooms that people are in. A room is entered here before its record is read, so that closing it cannot miss it. */
  readonly #opening = new Map<string, Promise<LiveRoom>>();
  readonly #live = new Map<string, LiveRoom>();
  readonly #closing = new Map<string, Promise<RoomInfo>>();
  #shutdown: Promise<void> | null = null;

  /** @throws RangeError, TypeError for an option that cannot be. */
  constructor(options: RoomManagerOptions) {
    this.#settings = toSettings(options);
    this.#engine = options.engine;
    this.#model = options.model;
    this.#clock = options.clock ?? systemClock();
    this.#logger = options.logger ?? {};
    this.#events = new Emitter((error) => this.#emit('error', { room: null, stage: 'listener', error }));
    const onError = (error: unknown) => this.#emit('error', { room: null, stage: 'media', error });
    this.#mixers = options.mixers ?? localMixers(this.#clock, onError);
    this.limits = toWireLimits(this.#settings.limits);
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_EXISTS`, `ERR_SHUT_DOWN` */
  async create(input: CreateRoomInput): Promise<RoomInfo> {
    this.#checkRunning();
    const record: RoomRecord = {
      id: input.id === undefined ? randomId() : checkRoomId(input.id),
      name: checkName('The name of a room', input.name),
      status: 'open',
      createdAt: this.#clock.now(),
      closedAt: null,
      configuration: checkConfiguration(input.configuration, this.#settings.defaultConfiguration),
      version: 1,
    };
    await this.#engine.rooms.create(record);
    const room = toInfo(record);
    this.#emit('roomCreated', { room });
    return room;
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT` (not an id at all), `ERR_ROOM_NOT_FOUND` */
  async get(id: string): Promise<RoomInfo> {
    return toInfo(await this.#record(id));
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_CURSOR` */
  async list(options: ListOptions = {}): Promise<RoomList> {
    const { limit = 50, status, cursor } = options;
    const page = await this.#engine.rooms.list({
      limit,
      ...(status !== undefined && { status }),
      ...(cursor !== undefined && { cursor }),
    });
    return {
      rooms: page.rooms.map((record) => ({
        ...toInfo(record),
        participantCount: this.#live.get(record.id)?.participantCount ?? 0,
      })),
      cursor: page.cursor,
    };
  }

  /**
   * Closes a room for good: everybody is evicted with close code 4410 and `reason`, the log ends with `room.closed`, the
   * model session is closed. The history stays readable. Idempotent.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  async close(id: string, options: { readonly reason?: string; readonly by?: EntryActor } = {}): Promise<RoomInfo> {
    const running = this.#closing.get(id);
    if (running) return running;
    const closing = this.#close(id, options);
    this.#closing.set(id, closing);
    try {
      return await closing;
    } finally {
      this.#closing.delete(id);
    }
  }

  /** Also of closed rooms. @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND` */
  async history(id: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const { from, before, limit = 50 } = options;
    checkRoomId(id);
    checkCount('limit', limit, 1, 500);
    if (from !== undefined) checkCount('from', from, 1, Number.MAX_SAFE_INTEGER);
    if (before !== undefined) checkCount('before', before, 1, Number.MAX_SAFE_INTEGER);
    const { top } = await this.#engine.position(id);
    const last = Math.min(top, (before ?? Number.MAX_SAFE_INTEGER) - 1);
    const first = from ?? Math.max(1, last - limit + 1);
    const to = Math.min(last, first + limit - 1);
    const entries = first <= to ? await this.#engine.read(id, { from: first, to, limit }) : [];
    return { entries, hasOlder: first > 1 && top > 0, hasNewer: to < top };
  }

  /**
   * The room as a file: everything as JSON, minutes in Markdown, or captions of what was spoken. Read page by page, also of
   * closed rooms.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  async export(id: string, format: ExportFormat, options: ExportOptions = {}): Promise<RoomExport> {
    const room = toInfo(await this.#record(id));
    return exportLog(room, () => this.entries(id), format, { ...options, now: this.#clock.now() });
  }

  /**
   * Finds entries by their words, newest first; also of closed rooms.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  async search(id: string, options: SearchOptions): Promise<SearchPage> {
    return searchLog(this.#engine, checkRoomId(id), options);
  }

  /**
   * The log of a room from `from` up to what is there when the end is reached, page by page.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  async *entries(id: string, options: { readonly from?: number } = {}): AsyncGenerator<LogEntry, void, undefined> {
    let next = options.from ?? 1;
    for (let more = true; more; ) {
      const { entries, hasNewer } = await this.history(id, { from: next, limit: 500 });
      yield* entries;
      next += entries.length;
      more = hasNewer && entries.length > 0;
    }
  }

  /**
   * A client has said hello: it joins. `welcome` and the entries it misses go through `port` before this resolves.
   * Whoever calls it closes the socket when it rejects (`roomCloseOf` gives code and reason).
   * @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_FULL`, `ERR_ROOM_INPUT`, `ERR_SHUT_DOWN`,
   * `ERR_STORE_UNAVAILABLE`
   */
  async connect(id: string, client: ConnectingClient, port: ConnectionPort): Promise<RoomConnection> {
    this.#checkRunning();
    const checked = checkClient(client);
    const live = await this.#liveRoom(checkRoomId(id));
    this.#checkRunning();
    return live.join(checked, port);
  }

  /**
   * Gives somebody who is in a room another role; everybody sees it at once. It lasts as long as they are in the room,
   * whatever the tickets of further connections say.
   * @returns whether it is so now; `false` for somebody who is not in the room.
   * @throws TypeError for what is no role.
   */
  setRole(id: string, participantId: string, role: ParticipantRole): boolean {
    if (role !== 'host' && role !== 'speaker' && role !== 'viewer') {
      throw new TypeError(`The role is ${JSON.stringify(role)}; it must be "host", "speaker" or "viewer".`);
    }
    return this.#live.get(id)?.setRole(participantId, role, roomActor) ?? false;
  }

  /** Rooms that run in this process now. */
  sessions(): readonly RoomSessionInfo[] {
    return [...this.#live.values()].map(({ session }) => session);
  }

  /** @returns its own undo. A throwing listener is reported as an `error` event; the others still run. */
  on<K extends keyof RoomManagerEvents & string>(type: K, listener: (event: RoomManagerEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /**
   * Refuses new rooms and connections, tells everybody to come back elsewhere (`goaway` within `graceMs`), ends model
   * sessions, closes what is left with 4503, and closes the engine. Idempotent.
   */
  shutdown(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#shutdown ??= this.#shutDown(options.graceMs ?? 0);
    return this.#shutdown;
  }

  async #shutDown(graceMs: number): Promise<void> {
    for (const live of this.#live.values()) live.goAway(graceMs);
    if (graceMs > 0 && this.sessions().some(({ people }) => people.length > 0)) {
      await new Promise<void>((resolve) => this.#clock.setTimer(graceMs, resolve));
    }
    const opened = await Promise.allSettled(this.#opening.values());
    const stopped = opened.flatMap((live) =>
      live.status === 'fulfilled' ? live.value.stop(RoomCloseCode.draining, 'the server stops; connect again') : [],
    );
    this.#opening.clear();
    this.#live.clear();
    // A model's connection that does not close must not keep the server from stopping.
    await this.#atMost(CLOSE_MODELS_MS, Promise.allSettled(stopped));
    await this.#mixers.close();
    await this.#engine.close();
    this.#events.removeAll();
  }

  async #close(id: string, options: { readonly reason?: string; readonly by?: EntryActor }): Promise<RoomInfo> {
    const { reason = DEFAULT_CLOSE_REASON, by = roomActor } = options;
    const { record, changed } = await this.#markClosed(id);
    const room = toInfo(record);
    // A closing that the store failed halfway is finished by the next one.
    if (!changed && (await this.#endsClosed(id))) return room;
    const live = await this.#opening.get(id)?.catch(() => null);
    this.#opening.delete(id);
    this.#live.delete(id);
    if (live) await live.close(room, by, reason);
    else await this.#engine.append(id, { kind: 'room.closed', actor: by, body: { reason } });
    this.#emit('roomClosed', { room, reason });
    return room;
  }

  async #endsClosed(id: string): Promise<boolean> {
    const { top } = await this.#engine.position(id);
    const [last] = top > 0 ? await this.#engine.read(id, { from: top, limit: 1 }) : [];
    return last?.kind === 'room.closed';
  }

  /** Resolves when `done` does, after `ms` at the latest. */
  async #atMost(ms: number, done: Promise<unknown>): Promise<void> {
    let timer: Timer | null = null;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(ms, resolve);
    });
    await Promise.race([done, late]);
    (timer as Timer | null)?.cancel();
  }

  #liveRoom(id: string): Promise<LiveRoom> {
    const known = this.#opening.get(id);
    if (known) return known;
    const opening = this.#openRoom(id);
    this.#opening.set(id, opening);
    opening.catch(() => {
      if (this.#opening.get(id) === opening) this.#opening.delete(id);
    });
    return opening;
  }

  async #openRoom(id: string): Promise<LiveRoom> {
    const info = toInfo(await this.#record(id));
    if (info.status === 'closed') {
      throw new RoomCoreError('ERR_ROOM_CLOSED', `Room "${info.name}" is closed; its history can still be read.`);
    }
    const live: LiveRoom = await LiveRoom.open({
      info,
      engine: this.#engine,
      model: this.#model,
      clock: this.#clock,
      mixers: this.#mixers,
      settings: this.#settings,
      emit: (type, event) => this.#emit(type, event),
      close: (options) => this.close(id, options),
      onEnded: () => {
        if (this.#live.get(id) !== live) return;
        this.#live.delete(id);
        this.#opening.delete(id);
      },
    });
    this.#live.set(id, live);
    return live;
  }

  async #markClosed(id: string): Promise<{ readonly record: RoomRecord; readonly changed: boolean }> {
    for (let attempt = 1; ; attempt += 1) {
      const record = await this.#record(id);
      if (record.status === 'closed') return { record, changed: false };
      const closed = { ...record, status: 'closed', closedAt: this.#clock.now(), version: record.version + 1 } as const;
      try {
        await this.#engine.rooms.update(closed);
        return { record: closed, changed: true };
      } catch (error) {
        const lost = isRoomCoreError(error) && error.code === 'ERR_ROOM_CONFLICT';
        if (!lost || attempt >= UPDATE_ATTEMPTS) throw error;
      }
    }
  }

  async #record(id: string): Promise<RoomRecord> {
    const record = await this.#engine.rooms.get(checkRoomId(id));
    if (!record) throw roomNotFound(id);
    return record;
  }

  #checkRunning(): void {
    if (this.#shutdown)
      throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; try another one, or again later.');
  }

  #emit<K extends keyof RoomManagerEvents & string>(type: K, event: RoomManagerEvents[K]): void {
    if (type === 'error') this.#log(event as RoomManagerEvents['error']);
    this.#events.emit(type, event);
  }

  #log({ room, stage, error }: RoomManagerEvents['error']): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#logger.error?.('a room had an error', { room: room?.id ?? null, stage, error: message });
  }
}

function toInfo(record: RoomRecord): RoomInfo {
  const { id, name, status, createdAt, closedAt } = record;
  // Records of an earlier release lack what was added since.
  const configuration = { ...DEFAULT_ROOM_CONFIGURATION, ...record.configuration };
  return { id, name, status, createdAt, closedAt, configuration };
}
