import type {
  AppData,
  AppEntriesPage,
  EntryActor,
  LogEntry,
  ParticipantRole,
  RoomConfiguration,
  RoomInfo,
  RoomLimits,
} from '@colloquy/live-protocol';
import { roomActor } from './actors.ts';
import { type AppEntriesOptions, readAppEntries } from './app/read-app-entries.ts';
import { localMixers } from './audio/local-mixer.ts';
import { RoomCoreError } from './errors.ts';
import { type ExportFormat, type ExportOptions, exportLog, type RoomExport } from './export/export-log.ts';
import { checkClient, checkRoomId } from './input.ts';
import { LiveRooms } from './live-rooms.ts';
import { readEntries, readHistory } from './log/read-history.ts';
import type { RoomMetrics } from './metrics/room-metrics.ts';
import type { NodeRooms } from './nodes/node-rooms.ts';
import type { Clock } from './ports/clock.ts';
import type { ConnectionPort } from './ports/connection.ts';
import type { ModelPort } from './ports/model-session.ts';
import type { RecordingFile, RecordingInfo } from './ports/recording-store.ts';
import type { RoomEngine } from './ports/room-engine.ts';
import type { MixerPort } from './ports/room-mixer.ts';
import { type EmitRoomManagerEvent, RoomAnnouncer } from './room-announcer.ts';
import { RoomClosings } from './room-closings.ts';
import { changesBetween, planConfiguration } from './room-configuration.ts';
import type { ConnectingClient, RoomConnection } from './room-connection.ts';
import { toNewRecord } from './room-creation.ts';
import type { RoomManagerEvents } from './room-events.ts';
import { RoomExpiry } from './room-expiry.ts';
import type { RoomManagerOptions } from './room-options.ts';
import type {
  CreateRoomInput,
  HistoryOptions,
  HistoryPage,
  ListOptions,
  RoomList,
  SearchOptions,
  SearchPage,
} from './room-queries.ts';
import { RoomRecords, toRoomInfo } from './room-records.ts';
import type { RoomSessionInfo } from './room-sessions.ts';
import { searchLog } from './search/search-log.ts';
import { type RoomSettings, toSettings, toWireLimits } from './settings.ts';
import { shareRooms } from './shared-rooms.ts';
import { systemClock } from './system-clock.ts';

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
  readonly #records: RoomRecords;
  readonly #model: ModelPort | null;
  readonly #clock: Clock;
  readonly #mixers: MixerPort;
  readonly #settings: RoomSettings;
  readonly #events: RoomAnnouncer;
  readonly #live: LiveRooms;
  readonly #closings: RoomClosings;
  readonly #expiry: RoomExpiry;
  /** `null`: this server shares its rooms with none. */
  readonly #nodes: NodeRooms | null;
  #shutdown: Promise<void> | null = null;

  /** @throws RangeError, TypeError for an option that cannot be. */
  constructor(options: RoomManagerOptions) {
    this.#settings = toSettings(options);
    this.#engine = options.engine;
    this.#records = new RoomRecords(options.engine.rooms);
    this.#model = options.model;
    this.#clock = options.clock ?? systemClock();
    this.#events = new RoomAnnouncer(options.logger ?? {});
    const emit: EmitRoomManagerEvent = (type, event) => this.#events.emit(type, event);
    const onError = (error: unknown) => this.#events.emit('error', { room: null, stage: 'media', error });
    this.#mixers = options.mixers ?? localMixers(this.#clock, onError);
    this.limits = toWireLimits(this.#settings.limits);
    this.#live = new LiveRooms({
      ...{ clock: this.#clock, engine: this.#engine, mixers: this.#mixers, model: this.#model },
      ...{ records: this.#records, settings: this.#settings },
      emit,
      manage: {
        close: (id, closing) => this.close(id, closing),
        configure: (id, change) => this.configure(id, change),
      },
    });
    const shared = { clock: this.#clock, engine: this.#engine, records: this.#records, live: this.#live, emit };
    this.#closings = new RoomClosings(shared);
    const server = { ...shared, settings: this.#settings, hasModel: this.#model !== null };
    this.#nodes = options.node ? shareRooms({ ...server, node: options.node }) : null;
    options.engine.observe?.((id, measurement) => this.#events.emit('measured', { room: { id }, measurement }));
    this.#expiry = new RoomExpiry({
      clock: this.#clock,
      directory: options.engine.rooms,
      expireAfterMs: this.#settings.expireAfterMs,
      isInUse: (id) => this.#live.has(id),
      remove: (id) => this.delete(id, { reason: 'the room has expired' }),
      onError: (error) => this.#events.emit('error', { room: null, stage: 'close', error }),
    });
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_EXISTS`, `ERR_SHUT_DOWN` */
  async create(input: CreateRoomInput): Promise<RoomInfo> {
    this.#checkRunning();
    const record = toNewRecord(input, this.#clock.now(), this.#model, this.#settings);
    await this.#engine.rooms.create(record);
    const room = toRoomInfo(record);
    this.#events.emit('roomCreated', { room });
    return room;
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT` (not an id at all), `ERR_ROOM_NOT_FOUND` */
  async get(id: string): Promise<RoomInfo> {
    return toRoomInfo(await this.#records.get(id));
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
        ...toRoomInfo(record),
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
    return this.#closings.close(id, options);
  }

  /**
   * Lets a closed room go on: people may join it again, and its log goes on where it ended, with `room.reopened`. Does
   * nothing to an open one.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  async reopen(id: string, options: { readonly by?: EntryActor } = {}): Promise<RoomInfo> {
    this.#checkRunning();
    return this.#closings.reopen(id, options.by);
  }

  /**
   * Deletes a room with its whole log, for ever; whoever is in it is evicted as by {@link close}.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  async delete(id: string, options: { readonly reason?: string; readonly by?: EntryActor } = {}): Promise<void> {
    const room = await this.close(id, { reason: 'the room was deleted', ...options });
    // Before the room: what is left of a deletion that failed halfway must not be voices that nobody can find.
    await this.#settings.recordings?.delete(id);
    this.#live.forgetUsage(id);
    await this.#engine.rooms.delete(id);
    this.#events.emit('roomDeleted', { room });
  }

  /**
   * Changes the configuration of a room, also while people are in it: everybody is told, the log says so (`settings`), and
   * where the model has to begin anew it does so at a quiet moment, with the history carried over. Fields that `changes`
   * does not name stay; one that is an object is replaced as a whole. What is so already is no change.
   *
   * @param options - `version` is the `configurationVersion` that was looked at.
   * @throws RoomCoreError `ERR_ROOM_CONFLICT` when it stands at another version by now; `ERR_ROOM_INPUT` naming the field
   * that is wrong, or that the model does not take; `ERR_ROOM_CLOSED`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  async configure(
    id: string,
    options: {
      readonly version: number;
      readonly changes: Partial<RoomConfiguration>;
      readonly by?: EntryActor;
    },
  ): Promise<RoomInfo> {
    this.#checkRunning();
    const { by = roomActor } = options;
    let before: RoomConfiguration | null = null;
    const { record, changed } = await this.#records.change(id, (current) => {
      const room = toRoomInfo(current);
      before = room.configuration;
      return planConfiguration(room, options, this.#model);
    });
    const room = toRoomInfo(record);
    if (!changed || before === null) return room;
    const changes = changesBetween(before, room.configuration);
    const live = await this.#live.opened(id);
    if (live) live.configured({ room, changes }, by);
    else {
      const body = { version: room.configurationVersion, changes };
      await this.#engine.append(id, { kind: 'settings', actor: by, body });
    }
    this.#events.emit('roomConfigured', { room, changes, by });
    return room;
  }

  /** Also of closed rooms. @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND` */
  async history(id: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    return readHistory(this.#engine, id, options);
  }

  /**
   * Starts or ends the recording of a room in which people are; they are all told.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND` for a room that nobody is in, `ERR_NOT_ALLOWED` without a store for recordings,
   * `ERR_STORE_UNAVAILABLE`
   */
  async record(id: string, active: boolean, by: EntryActor = roomActor): Promise<void> {
    const live = this.#live.get(checkRoomId(id));
    if (!live)
      throw new RoomCoreError('ERR_ROOM_NOT_FOUND', `Nobody is in a room ${JSON.stringify(id)} to be recorded.`);
    await live.record(active, by);
  }

  /**
   * The recordings of a room, newest first.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  async recordings(id: string): Promise<readonly RecordingInfo[]> {
    await this.#records.get(id);
    return (await this.#settings.recordings?.list(id)) ?? [];
  }

  /**
   * One file of a recording; `null` where there is none.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  async recordingFile(id: string, recordingId: string, file: string): Promise<RecordingFile | null> {
    await this.#records.get(id);
    return (await this.#settings.recordings?.read(id, recordingId, file)) ?? null;
  }

  /**
   * The room as a file: everything as JSON, minutes in Markdown, or captions of what was spoken. Read page by page, also of
   * closed rooms.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  async export(id: string, format: ExportFormat, options: ExportOptions = {}): Promise<RoomExport> {
    const room = toRoomInfo(await this.#records.get(id));
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
   * Keeps something of the application's own in the log of an open room; everybody who is there gets it at once.
   *
   * @param options - `topic` is one of the manager's `topics`. `by` is who it is put down to, by default the room.
   * @throws RoomCoreError `ERR_ROOM_INPUT` naming what is wrong, `ERR_ROOM_CLOSED`, `ERR_ROOM_NOT_FOUND`,
   * `ERR_STORE_UNAVAILABLE`
   */
  async publish(
    id: string,
    options: { readonly topic: string; readonly data: AppData; readonly by?: EntryActor },
  ): Promise<LogEntry> {
    this.#checkRunning();
    const { topic, by = roomActor } = options;
    const data = await this.#settings.topics.check(topic, options.data);
    const record = await this.#records.get(id);
    if (record.status === 'closed') throw new RoomCoreError('ERR_ROOM_CLOSED', `Room "${record.name}" is closed.`);
    const live = await this.#live.opened(id);
    if (live) return live.publish(topic, data, by);
    const result = await this.#engine.append(id, { kind: 'app', actor: by, body: { topic, data } });
    if (result.outcome === 'appended') return result.entry;
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `The log did not take it (${result.outcome}); try again.`);
  }

  /**
   * A page of what was published under a topic, oldest first; also of closed rooms.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  async appEntries(id: string, options: AppEntriesOptions): Promise<AppEntriesPage> {
    return readAppEntries(this.#engine, checkRoomId(id), options);
  }

  /**
   * The log of a room from `from` up to what is there when the end is reached, page by page.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  entries(id: string, options: { readonly from?: number } = {}): AsyncGenerator<LogEntry, void, undefined> {
    return readEntries(this.#engine, id, options.from ?? 1);
  }

  /**
   * A client has said hello: it joins. `welcome` and the entries it misses go through `port` before this resolves; where
   * there is a waiting room, `waiting` goes before, and this resolves when a host admits the client.
   * Whoever calls it closes the socket when it rejects (`roomCloseOf` gives code and reason).
   * @param options - `signal`: the socket is gone, nobody waits any more.
   * @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_FULL`, `ERR_ROOM_INPUT`, `ERR_SHUT_DOWN`,
   * `ERR_ROOM_LOCKED`, `ERR_REMOVED`, `ERR_NOT_ADMITTED`, `ERR_STORE_UNAVAILABLE`
   */
  async connect(
    id: string,
    client: ConnectingClient,
    port: ConnectionPort,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<RoomConnection> {
    this.#checkRunning();
    const checked = checkClient(client);
    if (this.#nodes) return this.#nodes.connect(checkRoomId(id), checked, port, options.signal);
    const live = await this.#live.open(checkRoomId(id));
    this.#checkRunning();
    return live.join(checked, port, options.signal);
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

  /**
   * Calls `task` as soon as the model of a room gives no answer and owes none, after `ms` milliseconds at the latest; at once
   * for a room that does not run here. For a server that is about to send people away.
   */
  whenQuiet(id: string, ms: number, task: () => void): void {
    const live = this.#live.get(id);
    if (live) live.whenQuiet(ms, task);
    else task();
  }

  /** Rooms that run in this process now. */
  sessions(): readonly RoomSessionInfo[] {
    return this.#live.all().map(({ session }) => session);
  }

  /** What the rooms of this process have, and what was measured since the manager was made. */
  metrics(): RoomMetrics {
    return this.#events.metrics(this.sessions());
  }

  /** @returns its own undo. A throwing listener is reported as an `error` event; the others still run. */
  on<K extends keyof RoomManagerEvents & string>(type: K, listener: (event: RoomManagerEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /**
   * Where several servers share rooms: everything that runs here goes on at the others from when this resolves, and nothing
   * further runs here. People stay connected, and are served on. The first step of a {@link shutdown}, for a server that does
   * more before it. Does nothing where rooms are not shared. Never rejects; idempotent.
   */
  async handOver(): Promise<void> {
    await this.#nodes?.leave();
  }

  /**
   * Refuses new rooms and connections, lets the model end what it is saying, tells everybody to come back elsewhere (`goaway`),
   * all within `graceMs`, ends model sessions, closes what is left with 4503, and closes the engine. Idempotent.
   */
  shutdown(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#shutdown ??= this.#shutDown(options.graceMs ?? 0);
    return this.#shutdown;
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.#expiry.stop();
    // At once where rooms are not shared.
    if (this.#nodes) {
      await this.handOver();
      this.#nodes.goAway(graceMs);
    }
    for (const live of this.#live.all()) live.drain(graceMs);
    const isNeeded = this.#nodes?.connectionCount ?? this.sessions().some(({ people }) => people.length > 0);
    if (graceMs > 0 && isNeeded) {
      await new Promise<void>((resolve) => this.#clock.setTimer(graceMs, resolve));
    }
    await this.#live.stop(async () => this.#nodes?.close());
    await this.#mixers.close();
    await this.#live.closeUsage();
    await this.#engine.close();
    this.#events.removeAll();
  }

  #checkRunning(): void {
    if (this.#shutdown)
      throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; try another one, or again later.');
  }
}
