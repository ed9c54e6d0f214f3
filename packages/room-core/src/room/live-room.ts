import {
  type AppData,
  type EntryActor,
  type LogEntry,
  MODEL_PARTICIPANT_ID,
  type Participant,
  type ParticipantRole,
  RoomCloseCode,
  type RoomInfo,
  toCloseReason,
} from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { type EncodedEntry, toEntriesMessage } from '../log/encoded-entry.ts';
import type { EpochTurn } from '../log/room-feed.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import { RoomModel } from '../model/room-model.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import { type LeaveReason, Roster } from '../presence/roster.ts';
import type { ConfigurationChange } from '../room-configuration.ts';
import type { ConnectingClient } from '../room-connection.ts';
import type { RoomErrorStage } from '../room-events.ts';
import type { RoomSessionInfo } from '../room-sessions.ts';
import { ToolDesk } from '../tools/tool-desk.ts';
import { Arrivals } from './arrivals.ts';
import { toConnectionRoom } from './connection-room.ts';
import { Entrance } from './entrance.ts';
import type { ConnectionRoom, LiveConnection } from './live-connection.ts';
import type { LiveRoomOptions } from './live-room-options.ts';
import { MediaDesk } from './media-desk.ts';
import { Moderation } from './moderation.ts';
import { type OpenedLog, openLog } from './open-log.ts';
import { Outlet } from './outlet.ts';
import { CLOSE_WRITES_MS, END_WRITES_MS, endRoom, STOP_WRITES_MS } from './room-ending.ts';
import type { RoomLog } from './room-log.ts';
import { roomRequests } from './room-requests.ts';
import { RoomRest } from './room-rest.ts';
import { Seats } from './seats.ts';

/** A room that people are in, in this process. */
export class LiveRoom {
  readonly #options: LiveRoomOptions;
  readonly #log: RoomLog;
  readonly #outlet: Outlet;
  readonly #roster: Roster;
  readonly #model: RoomModel;
  readonly #media: MediaDesk;
  readonly #seats: Seats;
  readonly #tools: ToolDesk;
  readonly #moderation: Moderation;
  readonly #entrance: Entrance;
  readonly #rest: RoomRest;
  readonly #arrivals: Arrivals;
  #info: RoomInfo;
  #ended = false;

  private constructor(options: LiveRoomOptions, { log, unanswered }: OpenedLog) {
    const { clock, meter, mixers, settings } = options;
    this.#options = options;
    this.#info = options.info;
    this.#log = log;
    this.#outlet = new Outlet((error) => this.#report('connection', error));
    const modelActor = { participantId: MODEL_PARTICIPANT_ID, name: settings.modelDisplayName };
    this.#roster = new Roster({
      clock,
      graceMs: settings.graceMs,
      model: options.model ? modelActor : null,
      onChange: (change) => {
        this.#outlet.broadcast({ type: 'presence', ...change });
        this.#media.model.peopleChanged(change);
        options.tenure?.people.changed(() => this.#roster.kept());
      },
      onLeft: (participant, reason) => this.#left(participant, reason),
    });
    this.#seats = new Seats({ roster: this.#roster, outlet: this.#outlet, ...settings.limits });
    this.#entrance = this.#createEntrance();
    this.#tools = this.#toolDesk(modelActor);
    const shared = { clock, log, outlet: this.#outlet, roster: this.#roster, settings };
    this.#model = new RoomModel({
      ...{ ...shared, actor: modelActor, emit: options.emit, meter, port: options.model, tools: this.#tools },
      unanswered,
      room: () => this.#info,
      session: options.tenure?.session ?? null,
      anybodySpeaks: () => this.#media.model.anybodySpeaks,
      recorder: () => this.#media.recording.recorder,
      ears: () => this.#media.model,
      sharePictures: (share) => this.#media.model.sharePictures(share),
      onError: (error) => this.#report('model', error),
    });
    this.#media = new MediaDesk({
      ...{ ...shared, mixers, model: this.#model, modelActor },
      roomId: options.info.id,
      configuration: options.info.configuration,
      kept: options.tenure?.media ?? null,
      onMeasured: (measurement) => this.#measured(measurement),
      onError: (stage, error) => this.#report(stage, error),
    });
    this.#moderation = new Moderation({
      roster: this.#roster,
      connections: () => this.#seats,
      entrance: this.#entrance,
      write: (entry) => log.write(entry),
      roleChanged: (connection) => this.#tools.memberChanged(connection),
      forget: (connection) => this.#forget(connection, true),
    });
    this.#rest = new RoomRest({
      ...{ clock, emptyGraceMs: settings.emptyGraceMs },
      isEmpty: () => this.#roster.size === 0,
      // Those who wait for a host keep the room, but not its model.
      onRest: () => (this.#entrance.waiting.length === 0 ? this.#end() : this.#model.rest()),
    });
    this.#arrivals = new Arrivals({
      ...{ clock, settings, log, roster: this.#roster, seats: this.#seats, entrance: this.#entrance },
      ...{ rest: this.#rest, model: this.#model, media: this.#media, tools: this.#tools, emit: options.emit },
      // Where several servers share the room, each gives the log to its own people.
      givesLog: !options.tenure,
      forConnections: this.#forConnections(),
      room: () => this.#info,
      checkGoing: () => this.#checkGoing(),
      forget: (connection) => this.#forget(connection, false),
      onMeasured: (measurement) => this.#measured(measurement),
    });
    log.listen((entry) => this.#entryAppended(entry));
    this.#roster.restore(options.tenure?.people.before ?? []);
    this.#media.restore();
    this.#rest.check();
  }

  /** @throws RoomCoreError of the engine. */
  static async open(options: LiveRoomOptions): Promise<LiveRoom> {
    const opened = await openLog(options);
    const live = new LiveRoom(options, opened);
    opened.listen({
      epochTurned: (turn) => live.#epochTurned(turn),
      tell: (message) => live.#outlet.broadcast(message),
    });
    return live;
  }

  get info(): RoomInfo {
    return this.#info;
  }

  /** People in the room, those who are away included. */
  get participantCount(): number {
    return this.#roster.size;
  }

  get session(): RoomSessionInfo {
    const { id: roomId, name } = this.#info;
    const audioSeconds = this.#model.desk?.audioSeconds ?? 0;
    return {
      roomId,
      name,
      people: this.#roster.people(),
      waiting: this.#entrance.waiting,
      usage: this.#model.usage,
      model: { ...this.#model.state, name: this.#model.name, audioSeconds },
    };
  }

  /** @returns whether there is such a person. */
  setRole(participantId: string, role: ParticipantRole, by: EntryActor): boolean {
    return this.#moderation.setRole(participantId, role, by);
  }

  /** The directory has another configuration now: everybody is told, and what it changes goes on in the new way. */
  configured({ room, changes }: ConfigurationChange, by: EntryActor): void {
    const { configuration, configurationVersion: version } = room;
    if (this.#ended) return;
    this.#log.write({ kind: 'settings', actor: by, body: { version, changes } });
    // Of two changes the later one may arrive first.
    if (version < this.#info.configurationVersion) return;
    const before = this.#info.configuration;
    this.#info = room;
    this.#outlet.broadcast({ type: 'settings', version, configuration, effective: this.#model.effective, by });
    this.#media.model.configure(configuration);
    this.#model.configured(before);
  }

  /** @throws RoomCoreError `ERR_NOT_ALLOWED`, `ERR_STORE_UNAVAILABLE` */
  record(active: boolean, by: EntryActor): Promise<void> {
    return this.#media.record(active, by);
  }

  /** Keeps data of the application that was checked. @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_STORE_UNAVAILABLE` */
  async publish(topic: string, data: AppData, by: EntryActor): Promise<LogEntry> {
    // Nothing may come after `room.closed`.
    this.#checkGoing();
    const result = await this.#log.append({ kind: 'app', actor: by, body: { topic, data } });
    if (result.outcome === 'appended') return result.entry;
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `The log did not take it (${result.outcome}); try again.`);
  }

  /**
   * @param signal - the client is gone: it waits no more to be admitted.
   * @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_ROOM_FULL`, `ERR_NOT_ADMITTED`, `ERR_STORE_UNAVAILABLE`
   */
  join(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<LiveConnection> {
    return this.#arrivals.take(client, port, signal);
  }

  /** The room goes on on another server: nobody leaves, and nothing is told of it. Never rejects. */
  async handOver(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_SHUT_DOWN', 'Another server runs this room now; connect again.'));
    const asleep = this.#model.sleep('failover');
    this.#roster.dispose();
    await this.#dispose(asleep, STOP_WRITES_MS).catch((error: unknown) => this.#report('close', error));
  }

  /** The server stops in `ms`: what the model is saying is said to its end, then every client is told to come back elsewhere. */
  drain(ms: number): void {
    const endsAt = this.#options.clock.monotonic() + ms;
    this.whenQuiet(ms, () => this.#goAway(Math.max(0, endsAt - this.#options.clock.monotonic())));
  }

  /** Calls `task` as soon as no answer is given or due, after `ms` at the latest. */
  whenQuiet(ms: number, task: () => void): void {
    if (this.#model.desk) this.#model.desk.whenQuiet(ms, task);
    else task();
  }

  /** Within `withinMs`. */
  #goAway(withinMs: number): void {
    if (this.#ended) return;
    for (const connection of this.#seats) {
      // Spread, so that they do not all arrive at the same moment.
      connection.send({ type: 'goaway', inMs: Math.floor(Math.random() * withinMs) });
    }
  }

  /** Closes the room for good; `info` says so already. The last entry is `room.closed`. */
  async close(info: RoomInfo, by: EntryActor, reason: string): Promise<void> {
    this.#info = info;
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_ROOM_CLOSED', reason));
    const asleep = this.#model.sleep();
    const recorded = this.#media.recording.dispose();
    await this.#log.written(CLOSE_WRITES_MS);
    try {
      await this.#log.append({ kind: 'room.closed', actor: by, body: { reason } });
    } finally {
      this.#evict(RoomCloseCode.roomClosed, reason, 'room closed');
      await this.#dispose(asleep, STOP_WRITES_MS);
      await recorded;
      this.#options.tenure?.onEnded();
    }
  }

  /** Ends the room in this process; it goes on elsewhere, or later. */
  async stop(code: RoomCloseCode, reason: string): Promise<void> {
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_SHUT_DOWN', reason));
    const asleep = this.#model.sleep();
    this.#evict(code, reason, 'server stopped');
    await this.#dispose(asleep, STOP_WRITES_MS);
  }

  #checkGoing(): void {
    if (this.#info.status === 'closed') {
      throw new RoomCoreError('ERR_ROOM_CLOSED', `Room "${this.#info.name}" is closed; its history can still be read.`);
    }
    if (this.#ended) throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; connect again.');
  }

  #left(participant: Participant, reason: LeaveReason): void {
    const { participantId, name } = participant;
    this.#options.emit('participantLeft', { room: this.#info, participant, reason });
    // The entry `room.closed` speaks for everybody, also for who goes while it is being stored.
    if (this.#info.status === 'closed') return;
    const body = { participantId, name, reason };
    this.#media.model.tellRoster(name, 'left');
    this.#log.write({ kind: 'participant.removed', actor: { participantId, name }, body });
    if (this.#roster.size > 0) return;
    this.#media.recording.everybodyLeft();
    this.#rest.check();
  }

  /** The room is over without anybody waiting for it. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_ROOM_CLOSED', `Room "${this.#info.name}" is closed.`));
    const asleep = this.#model.sleep();
    this.#dispose(asleep, END_WRITES_MS).catch((error: unknown) => this.#report('close', error));
    this.#options.onEnded();
  }

  #entryAppended(encoded: EncodedEntry): void {
    const { entry } = encoded;
    if (!this.#options.tenure) {
      const { message, encoded: text } = toEntriesMessage([encoded]);
      this.#outlet.broadcast(message, text);
    }
    this.#options.emit('entryAppended', { room: this.#info, entry });
    // A text may be stored when the room is over already; it must not wake the model again.
    if (entry.kind === 'msg.text' && !this.#ended) this.#model.ask(entry);
    if (entry.kind !== 'room.closed' || this.#ended) return;
    // Closed through another process.
    this.#info = { ...this.#info, status: 'closed', closedAt: entry.ts };
    this.#evict(RoomCloseCode.roomClosed, entry.body.reason, 'room closed');
    this.#end();
  }

  #epochTurned(turn: EpochTurn): void {
    if (this.#options.tenure) return;
    for (const connection of this.#seats) connection.epochTurned(turn.truncateAfter);
    this.#outlet.broadcast({ type: 'epoch', ...turn });
  }

  #evict(code: RoomCloseCode, reason: string, leave: LeaveReason): void {
    const connections = [...this.#seats];
    for (const connection of connections) this.#forget(connection, true);
    this.#roster.clear(leave);
    for (const connection of connections) connection.end(code, toCloseReason(reason));
  }

  #dispose(asleep: Promise<void>, writesMs: number): Promise<void> {
    const ending = { rest: this.#rest, model: this.#model, media: this.#media, log: this.#log };
    return endRoom(ending, asleep, writesMs);
  }

  /** `left`: it does not come back. */
  #forget(connection: LiveConnection, left: boolean): void {
    this.#seats.remove(connection);
    this.#tools.memberGone(connection, left);
    this.#media.remove(connection.connectionId);
  }

  #createEntrance(): Entrance {
    const { clock, doors, emit, manage, settings } = this.#options;
    return new Entrance({
      ...{ clock, doors, ...settings.limits },
      ...{ roster: this.#roster, seats: this.#seats, outlet: this.#outlet },
      waitingTimeoutMs: settings.waitingTimeoutMs,
      store: manage.changeDoors,
      onDoors: ({ locked, waitingRoom = false }) => {
        this.#info = { ...this.#info, locked, waitingRoom };
      },
      onWaiting: (waiting) => {
        emit('waitingChanged', { room: this.#info, waiting });
        // Whoever waited may have been all that kept an empty room going.
        if (waiting.length === 0) this.#rest.check();
      },
    });
  }

  #forConnections(): ConnectionRoom {
    const { clock, engine, info, settings } = this.#options;
    const { id: roomId } = info;
    const report = (error: unknown) => this.#report('connection', error);
    const checkGoing = () => this.#checkGoing();
    return toConnectionRoom({
      ...{ clock, checkGoing, engine, log: this.#log, outlet: this.#outlet, report, roomId, roster: this.#roster },
      ...{ media: this.#media, model: this.#model, moderation: this.#moderation, settings, tools: this.#tools },
      requests: roomRequests(this.#options, {
        ...{ checkGoing, log: this.#log, moderation: this.#moderation, onError: report },
        publish: (topic, data, by) => this.publish(topic, data, by),
        record: (active, by) => this.record(active, by),
      }),
      ended: () => this.#ended,
      forget: (connection, left) => this.#forget(connection, left),
    });
  }

  #toolDesk(model: EntryActor): ToolDesk {
    const { clock, settings } = this.#options;
    const { graceMs, limits, tools } = settings;
    return new ToolDesk({
      ...{ clock, graceMs, model, tools, before: this.#options.tenure?.calls },
      maxResultBytes: limits.maxToolResultBytes,
      room: () => this.#info,
      people: {
        members: () => this.#seats,
        roleOf: (participantId) => this.#roster.role(participantId),
        actorOf: (participantId) => this.#roster.actor(participantId),
      },
      append: (entry) => this.#log.write(entry),
      answer: (call) => this.#model.desk?.answerTool(call),
      onError: (error) => this.#report('tool', error),
    });
  }

  #measured(measurement: RoomMeasurement): void {
    this.#options.emit('measured', { room: this.#info, measurement });
  }

  #report(stage: RoomErrorStage, error: unknown): void {
    this.#options.emit('error', { room: this.#info, stage, error });
  }
}
