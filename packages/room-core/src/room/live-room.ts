import {
  type AppData,
  costOf,
  type EffectiveSetup,
  type EntryActor,
  type LogEntry,
  MEDIA_HEADER_BYTES,
  MODEL_PARTICIPANT_ID,
  type Participant,
  type ParticipantRole,
  ROOM_WIRE_VERSION,
  RoomCloseCode,
  type RoomConfiguration,
  type RoomInfo,
  toCloseReason,
} from '@colloquy/live-protocol';
import { appRequests } from '../app/app-requests.ts';
import { readAppEntries } from '../app/read-app-entries.ts';
import { VoiceTimeline } from '../attribution/voice-timeline.ts';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import { type EncodedEntry, toEntriesMessage, toEntriesMessages } from '../log/encoded-entry.ts';
import type { RecoveryPlan } from '../log/recovery.ts';
import type { EpochTurn } from '../log/room-feed.ts';
import { RoomCodecAgreement } from '../media/codec-agreement.ts';
import { PeopleMedia } from '../media/people-media.ts';
import type { RoomMeter } from '../metering/room-meter.ts';
import { RoomMetering } from '../metering/room-metering.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import { ModelDesk, type ModelDeskOptions } from '../model/model-desk.ts';
import type { NodeTenure } from '../nodes/node-tenure.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { ModelPort, ToolDeclaration } from '../ports/model-session.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { MixerPort } from '../ports/room-mixer.ts';
import { type LeaveReason, Roster } from '../presence/roster.ts';
import { recordedSenses } from '../recording/recorded-senses.ts';
import { recordingRequests } from '../recording/recording-requests.ts';
import { RoomRecording } from '../recording/room-recording.ts';
import { type ConfigurationChange, needsRestart } from '../room-configuration.ts';
import type { ConnectingClient } from '../room-connection.ts';
import type { RoomErrorStage, RoomManagerEvents } from '../room-events.ts';
import type { RoomSessionInfo } from '../room-sessions.ts';
import { searchLog } from '../search/search-log.ts';
import { type RoomSettings, toWireLimits } from '../settings.ts';
import { declarationsOf } from '../tools/check-tools.ts';
import { ToolDesk } from '../tools/tool-desk.ts';
import { type CaughtUp, catchUpWith } from './catch-up-with.ts';
import type { DoorState } from './doors.ts';
import { Entrance } from './entrance.ts';
import { type ConnectionRoom, LiveConnection } from './live-connection.ts';
import { Moderation } from './moderation.ts';
import { Outlet } from './outlet.ts';
import { peopleRequests } from './people-requests.ts';
import { redact } from './redaction.ts';
import { RequestDesk } from './request-desk.ts';
import { RoomLog } from './room-log.ts';
import { RoomMedia } from './room-media.ts';
import { Seats } from './seats.ts';

/** What a {@link LiveRoom} is made of. */
export interface LiveRoomOptions {
  readonly info: RoomInfo;
  readonly doors: DoorState;
  readonly engine: RoomEngine;
  readonly model: ModelPort | null;
  readonly clock: Clock;
  readonly mixers: MixerPort;
  readonly settings: RoomSettings;
  /** Counts on from earlier times of this room. */
  readonly meter: RoomMeter;
  readonly emit: <K extends keyof RoomManagerEvents & string>(type: K, event: RoomManagerEvents[K]) => void;
  /** What hosts may do that the directory has to know of, as the manager does it. */
  readonly manage: {
    /** Stores the doors; resolves with what they are then. */
    changeDoors(change: (doors: DoorState) => DoorState): Promise<DoorState>;
    close(options: { readonly reason?: string; readonly by: EntryActor }): Promise<unknown>;
    configure(options: {
      readonly version: number;
      readonly changes: Partial<RoomConfiguration>;
      readonly by: EntryActor;
    }): Promise<RoomInfo>;
  };
  /** Where several servers share rooms: its clients have the log from the server that they are connected to. @defaultValue `null` */
  readonly tenure?: NodeTenure | null;
  /** The room is over in this process: nobody has been here for a while, or it was closed elsewhere. */
  readonly onEnded: () => void;
}

/** Of pictures and history, when little of the budget is left. */
const LOW_SHARE = 0.25;
const NO_LOG: RecoveryPlan = { from: 1, recovered: false };

/** A room that people are in, in this process. */
export class LiveRoom {
  readonly #options: LiveRoomOptions;
  readonly #log: RoomLog;
  readonly #outlet: Outlet;
  readonly #roster: Roster;
  readonly #timeline: VoiceTimeline;
  readonly #metering: RoomMetering;
  readonly #model: ModelDesk | null;
  readonly #media: RoomMedia;
  readonly #people: PeopleMedia;
  readonly #codecs: RoomCodecAgreement;
  readonly #seats: Seats;
  readonly #recording: RoomRecording;
  readonly #tools: ToolDesk;
  readonly #declarations: readonly ToolDeclaration[];
  readonly #requests: RequestDesk;
  readonly #moderation: Moderation;
  readonly #entrance: Entrance;
  readonly #forConnections: ConnectionRoom;
  #info: RoomInfo;
  #resume: string | null;
  /** Newcomers who are being caught up. */
  #joining = 0;
  /** Runs while nobody is here. */
  #rest: Timer | null = null;
  #ended = false;

  private constructor(options: LiveRoomOptions, log: RoomLog) {
    const { clock, mixers, settings } = options;
    const { floorReleaseMs, leaveOutEchoes, limits } = settings;
    this.#options = options;
    this.#info = options.info;
    this.#resume = options.tenure?.session.handle ?? null;
    this.#log = log;
    this.#outlet = new Outlet((error) => this.#report('connection', error));
    const modelActor = { participantId: MODEL_PARTICIPANT_ID, name: settings.modelDisplayName };
    this.#roster = new Roster({
      clock,
      graceMs: settings.graceMs,
      model: options.model ? modelActor : null,
      onChange: (change) => {
        this.#outlet.broadcast({ type: 'presence', ...change });
        this.#media.peopleChanged(change);
        options.tenure?.people.changed(() => this.#roster.kept());
      },
      onLeft: (participant, reason) => this.#left(participant, reason),
    });
    this.#seats = new Seats({ roster: this.#roster, outlet: this.#outlet, ...limits });
    this.#entrance = this.#createEntrance();
    this.#metering = this.#createMetering();
    this.#timeline = new VoiceTimeline((speaker, ms) => options.meter.voiced(speaker, ms));
    this.#declarations = declarationsOf(settings.tools.values());
    this.#tools = this.#toolDesk(modelActor);
    this.#model = options.model ? new ModelDesk(this.#modelDeskOptions(options.model, modelActor)) : null;
    this.#media = new RoomMedia({
      ...{ clock, floorReleaseMs, leaveOutEchoes, limits, mixers },
      configuration: options.info.configuration,
      broadcast: (message) => this.#outlet.broadcast(message),
      roleOf: (participantId) => this.#roster.role(participantId),
      timeline: this.#timeline,
      model: this.#model,
      actorOf: (participantId) => this.#roster.actor(participantId),
      onSpeaking: (participantId, speaking) => this.#roster.setSpeaking(participantId, speaking),
      onMeasured: (measurement) => this.#measured(measurement),
    });
    this.#recording = new RoomRecording({
      ...{ clock, model: modelActor, roomId: options.info.id },
      store: settings.recordings,
      maxMs: settings.maxRecordingMs,
      append: (entry) => log.write(entry),
      onChanged: (recording) => this.#outlet.broadcast({ type: 'recording', recording }),
      onError: (error) => this.#report('recording', error),
    });
    this.#people = new PeopleMedia({
      ...{ clock, ...limits },
      opusDecoder: settings.opusDecoder,
      senses: recordedSenses(
        this.#media,
        () => this.#recording.recorder,
        (participantId) => this.#roster.actor(participantId),
      ),
      members: () => this.#outlet.members,
      askForKeyFrame: (connectionId, source) => {
        const sender = this.#outlet.find(connectionId);
        if (sender) this.#outlet.send(sender.port, { type: 'keyFrame', source });
      },
      onError: (error) => this.#report('media', error),
    });
    this.#codecs = new RoomCodecAgreement({
      opusDecoder: settings.opusDecoder,
      members: () => this.#outlet.members,
      onChanged: (codecs) => this.#outlet.broadcast({ type: 'codecs', ...codecs }),
      onError: (error) => this.#report('media', error),
    });
    this.#moderation = new Moderation({
      roster: this.#roster,
      connections: () => this.#seats,
      entrance: this.#entrance,
      write: (entry) => log.write(entry),
      forget: (connection) => this.#forget(connection, true),
    });
    // An earlier time of this room may have used most of its budget.
    if (this.#metering.usage.budget !== 'fine') this.#media.sharePictures(LOW_SHARE);
    this.#requests = this.#requestDesk();
    this.#forConnections = this.#connectionRoom();
    log.listen((entry) => this.#entryAppended(entry));
    this.#roster.restore(options.tenure?.people.before ?? []);
    this.#scheduleRest();
  }

  /** @throws RoomCoreError of the engine. */
  static async open(options: LiveRoomOptions): Promise<LiveRoom> {
    const { clock, emit, engine, info } = options;
    const { lease = null, onFenced = () => {} } = options.tenure ?? {};
    const onError = (stage: RoomErrorStage, error: unknown) => {
      // What a server wanted to write that runs the room no more.
      if (stage === 'append' && lease && isRoomCoreError(error) && error.code === 'ERR_SHUT_DOWN') return;
      emit('error', { room: info, stage, error });
    };
    let tell = (_turn: EpochTurn): void => {};
    const onEpoch = (turn: EpochTurn): void => {
      onMeasured({ type: 'epoch' });
      tell(turn);
    };
    const onMeasured = (measurement: RoomMeasurement) => emit('measured', { room: info, measurement });
    const listeners = { onError, onEpoch, onFenced, onMeasured };
    const log = await RoomLog.open({ engine, roomId: info.id, clock, lease, ...listeners });
    const live = new LiveRoom(options, log);
    tell = (turn) => live.#epochTurned(turn);
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
    const state = this.#model?.state ?? { status: 'off', turn: 0 };
    const audioSeconds = this.#model?.audioSeconds ?? 0;
    return {
      roomId,
      name,
      people: this.#roster.people(),
      waiting: this.#entrance.waiting,
      usage: this.#metering.usage,
      model: { ...state, name: this.#modelName(), audioSeconds },
    };
  }

  /** @returns whether there is such a person. */
  setRole(participantId: string, role: ParticipantRole, by: EntryActor): boolean {
    const before = this.#roster.role(participantId);
    if (!this.#roster.setRole(participantId, role)) return false;
    for (const connection of this.#seats) {
      if (connection.participantId !== participantId || before === role) continue;
      this.#tools.memberChanged(connection);
      if (role === 'host') this.#entrance.tellHost(connection.port);
      else if (before === 'host') this.#entrance.untellHost(connection.port);
    }
    const name = this.#roster.actor(participantId)?.name ?? '';
    if (before === role) return true;
    this.#log.write({ kind: 'participant.role', actor: by, body: { participantId, name, role } });
    if (role === 'viewer') {
      for (const connection of this.#seats) if (connection.participantId === participantId) connection.silence();
    }
    return true;
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
    this.#outlet.broadcast({ type: 'settings', version, configuration, effective: this.#effective(), by });
    this.#media.configure(configuration);
    if (needsRestart(this.#options.model, before, configuration)) this.#model?.restart();
  }

  /** @throws RoomCoreError `ERR_NOT_ALLOWED`, `ERR_STORE_UNAVAILABLE` */
  record(active: boolean, by: EntryActor): Promise<void> {
    return active ? this.#recording.start(by) : this.#recording.stop(by, 'asked');
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
  async join(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<LiveConnection> {
    this.#checkGoing();
    await this.#entrance.pass(client, port, signal);
    this.#checkGoing();
    this.#joining += 1;
    const askedAt = this.#options.clock.monotonic();
    let outcome: 'recovered' | 'page' | 'refused' = 'refused';
    try {
      const seat = ({ plan, entries }: CaughtUp) => {
        outcome = plan.recovered ? 'recovered' : 'page';
        this.#checkGoing();
        this.#entrance.check(client);
        return this.#seat(client, port, plan, entries);
      };
      // Where the log is the matter of other servers, there is nothing to read.
      if (this.#options.tenure) return seat({ plan: NO_LOG, epoch: this.#log.epoch, top: this.#log.top, entries: [] });
      return await catchUpWith(this.#log, client.resume, seat);
    } catch (error) {
      outcome = 'refused';
      throw error;
    } finally {
      this.#measured({ type: 'join', outcome, ms: this.#options.clock.monotonic() - askedAt });
      this.#joining -= 1;
      // Whoever was refused may have been all that kept an empty room going.
      if (this.#joining === 0 && this.#roster.size === 0) this.#scheduleRest();
    }
  }

  /** The model is to answer a text, which stands in the log at `seq`. */
  ask(actor: EntryActor, text: string, seq: number): void {
    // A text may be stored when the room is over already; it must not wake the model again.
    if (!this.#ended && this.#model?.ask(actor, text, seq) === false) this.#tellSpent(actor);
  }

  /** The room goes on on another server: nobody leaves, and nothing is told of it. Never rejects. */
  async handOver(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_SHUT_DOWN', 'Another server runs this room now; connect again.'));
    const asleep = this.#model?.sleep('failover') ?? Promise.resolve();
    this.#roster.dispose();
    await this.#dispose(asleep).catch((error: unknown) => this.#report('close', error));
  }

  /** Tells every client to come back elsewhere within `withinMs`. */
  goAway(withinMs: number): void {
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
    const asleep = this.#model?.sleep() ?? Promise.resolve();
    const recorded = this.#recording.dispose();
    await this.#log.written();
    try {
      await this.#log.append({ kind: 'room.closed', actor: by, body: { reason } });
    } finally {
      this.#evict(RoomCloseCode.roomClosed, reason, 'room closed');
      await this.#dispose(asleep);
      await recorded;
      this.#options.tenure?.onEnded();
    }
  }

  /** Ends the room in this process; it goes on elsewhere, or later. */
  async stop(code: RoomCloseCode, reason: string): Promise<void> {
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_SHUT_DOWN', reason));
    const asleep = this.#model?.sleep() ?? Promise.resolve();
    this.#evict(code, reason, 'server stopped');
    await this.#dispose(asleep);
  }

  #checkGoing(): void {
    if (this.#info.status === 'closed') {
      throw new RoomCoreError('ERR_ROOM_CLOSED', `Room "${this.#info.name}" is closed; its history can still be read.`);
    }
    if (this.#ended) throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; connect again.');
  }

  #seat(
    { identity, clientId, receive }: ConnectingClient,
    port: ConnectionPort,
    plan: RecoveryPlan,
    entries: readonly EncodedEntry[],
  ): LiveConnection {
    const replaced = this.#seats.find(identity.participantId, clientId);
    const { participant, added } = this.#roster.join(identity, { connectionId: port.connectionId, clientId });
    if (replaced) this.#replace(replaced);
    const { index } = participant;
    const connection = new LiveConnection({
      ...{ room: this.#forConnections, port, identity, clientId, index },
      ...(receive !== undefined && { receive }),
    });
    this.#seats.add(connection);
    this.#rest?.cancel();
    this.#welcome(connection, plan);
    this.#codecs.membersChanged();
    this.#people.joined(connection);
    this.#tools.memberChanged(connection);
    if (participant.role === 'host') this.#entrance.tellHost(port);
    for (const message of this.#metering.missed) connection.send(message);
    for (const { message, encoded } of toEntriesMessages(entries)) connection.send(message, encoded);
    if (added) this.#joined(participant);
    this.#model?.wake();
    return connection;
  }

  #welcome(connection: LiveConnection, { recovered, from, truncateAfter }: RecoveryPlan): void {
    const { participantId, index, connectionId } = connection;
    connection.send({
      type: 'welcome',
      v: ROOM_WIRE_VERSION,
      room: this.#info,
      epoch: this.#log.epoch,
      top: this.#log.top,
      recovered,
      ...(truncateAfter !== undefined && { truncateAfter }),
      hasOlder: from > 1,
      self: { participantId, index, connectionId },
      participants: this.#roster.participants(),
      presenceVersion: this.#roster.version,
      inflight: this.#model?.inflight ?? [],
      model: this.#model?.state ?? { status: 'off', turn: 0 },
      ...this.#media.shared,
      effective: this.#effective(),
      recording: this.#recording.state,
      limits: toWireLimits(this.#options.settings.limits),
      codecs: this.#codecs.best(),
      serverTime: this.#options.clock.now(),
    });
  }

  /** The same tab is back before its old connection was missed. */
  #replace(old: LiveConnection): void {
    this.#forget(old, false);
    this.#roster.drop(old.participantId, old.connectionId);
    old.end(RoomCloseCode.replaced, 'replaced by a newer connection of the same tab');
  }

  #joined(participant: Participant): void {
    const { participantId, name, role } = participant;
    this.#options.emit('participantJoined', { room: this.#info, participant });
    // The model is in the list of participants, but it never joins.
    if (role === 'model') return;
    const body = { participantId, name, role };
    this.#media.tellRoster(name, 'joined');
    this.#log.write({ kind: 'participant.added', actor: { participantId, name }, body });
  }

  #left(participant: Participant, reason: LeaveReason): void {
    const { participantId, name } = participant;
    this.#options.emit('participantLeft', { room: this.#info, participant, reason });
    // The entry `room.closed` speaks for everybody, also for who goes while it is being stored.
    if (this.#info.status === 'closed') return;
    const body = { participantId, name, reason };
    this.#media.tellRoster(name, 'left');
    this.#log.write({ kind: 'participant.removed', actor: { participantId, name }, body });
    if (this.#roster.size > 0) return;
    this.#recording.everybodyLeft();
    this.#scheduleRest();
  }

  #scheduleRest(): void {
    if (this.#ended) return;
    this.#rest?.cancel();
    this.#rest = this.#options.clock.setTimer(this.#options.settings.emptyGraceMs, () => {
      if (this.#roster.size > 0 || this.#joining > 0) return;
      if (this.#entrance.waiting.length === 0) this.#end();
      // Those who wait for a host keep the room, but not its model.
      else this.#modelRests();
    });
  }

  #modelRests(): void {
    this.#model?.sleep().catch((error: unknown) => this.#report('model', error));
  }

  /** The room is over without anybody waiting for it. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#entrance.close(new RoomCoreError('ERR_ROOM_CLOSED', `Room "${this.#info.name}" is closed.`));
    this.#options.onEnded();
    const asleep = this.#model?.sleep() ?? Promise.resolve();
    this.#dispose(asleep).catch((error: unknown) => this.#report('close', error));
  }

  #entryAppended(encoded: EncodedEntry): void {
    const { entry } = encoded;
    if (!this.#options.tenure) {
      const { message, encoded: text } = toEntriesMessage([encoded]);
      this.#outlet.broadcast(message, text);
    }
    this.#options.emit('entryAppended', { room: this.#info, entry });
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

  async #dispose(asleep: Promise<void>): Promise<void> {
    this.#rest?.cancel();
    const recorded = this.#recording.dispose();
    this.#metering.dispose();
    this.#media.dispose();
    this.#people.dispose();
    await this.#log.written();
    this.#log.close();
    await Promise.all([asleep, recorded]);
  }

  /** `left`: it does not come back. */
  #forget(connection: LiveConnection, left: boolean): void {
    this.#seats.remove(connection);
    this.#tools.memberGone(connection, left);
    this.#media.remove(connection.connectionId);
    this.#people.remove(connection.connectionId);
    this.#codecs.membersChanged();
  }

  #effective(): EffectiveSetup | null {
    try {
      return this.#options.model?.effective?.(this.#info.configuration, this.#declarations) ?? null;
    } catch (error) {
      this.#report('model', error);
      return null;
    }
  }

  #modelName(): string | null {
    try {
      return this.#options.model?.modelName(this.#info.configuration) ?? null;
    } catch (error) {
      this.#report('model', error);
      return null;
    }
  }

  #modelDeskOptions(port: ModelPort, actor: EntryActor): ModelDeskOptions {
    const { clock, emit } = this.#options;
    return {
      actor,
      clock,
      timeline: this.#timeline,
      tools: this.#tools,
      open: (onEvent, signal, before) =>
        port.open({
          ...this.#takeResume(),
          roomId: this.#info.id,
          configuration: this.#info.configuration,
          tools: this.#declarations,
          roster: () => this.#roster.names(),
          history: () => this.#log.turns(before(), this.#historyTurns),
          onEvent,
          signal,
        }),
      anybodySpeaks: () => this.#media.anybodySpeaks,
      broadcast: (message) => {
        if (message.type === 'interrupted') this.#recording.recorder?.interruptModel();
        this.#outlet.broadcast(message);
      },
      broadcastAudio: (frame) => {
        this.#recording.recorder?.hearModel(frame.subarray(MEDIA_HEADER_BYTES));
        this.#outlet.broadcastMedia(frame);
      },
      append: (entry) => this.#log.write(entry),
      onSpeaking: (speaking) => this.#roster.setModelSpeaking(speaking),
      onTurn: (turn, reason) => emit('turnCompleted', { room: this.#info, ...turn, reason }),
      onUsage: (turn, usage, speakers) => {
        const cost = this.#metering.turn(usage, speakers);
        emit('usageReported', { room: this.#info, turn, usage, speakers, cost, total: this.#metering.usage });
      },
      meter: this.#metering.meter,
      refusal: () => {
        const { level, reason } = this.#metering.state;
        return level === 'spent' ? reason : null;
      },
      onResumable: (handle) => this.#options.tenure?.session.keep(handle),
      onError: (error) => this.#report('model', error),
    };
  }

  /** The first session goes on where another server's ended. */
  #takeResume(): { readonly resume?: string } {
    const handle = this.#resume;
    this.#resume = null;
    return handle === null ? {} : { resume: handle };
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
        if (waiting.length === 0 && this.#roster.size === 0 && this.#joining === 0) this.#scheduleRest();
      },
    });
  }

  #createMetering(): RoomMetering {
    const { clock, emit, meter, settings } = this.#options;
    return new RoomMetering({
      ...{ clock, meter, budget: settings.budget },
      room: () => this.#info,
      costOf: (usage) => costOf(usage, this.#modelName() ?? '', settings.prices),
      broadcast: (message) => this.#outlet.broadcast(message),
      onLevel: ({ level, reason }) => {
        emit('budgetReached', { room: this.#info, level, total: this.#metering.usage });
        this.#media.sharePictures(level === 'fine' ? 1 : LOW_SHARE);
        if (level === 'spent') this.#model?.leave('ERR_BUDGET_SPENT', reason);
      },
      onError: (error) => this.#report('model', error),
    });
  }

  /** Messages that a fresh session is told of the past. */
  get #historyTurns(): number {
    const { historyTurns } = this.#options.settings;
    return this.#metering.usage.budget === 'fine' ? historyTurns : Math.ceil(historyTurns * LOW_SHARE);
  }

  /** The text stands in the log; nobody answers it. */
  #tellSpent({ participantId }: EntryActor): void {
    const { reason: message } = this.#metering.state;
    for (const connection of this.#seats) {
      if (connection.participantId === participantId)
        connection.send({ type: 'error', code: 'ERR_BUDGET_SPENT', message });
    }
  }

  #toolDesk(model: EntryActor): ToolDesk {
    const { clock, settings } = this.#options;
    const { graceMs, limits, tools } = settings;
    return new ToolDesk({
      ...{ clock, graceMs, model, tools },
      maxResultBytes: limits.maxToolResultBytes,
      room: () => this.#info,
      people: {
        members: () => this.#seats,
        roleOf: (participantId) => this.#roster.role(participantId),
        actorOf: (participantId) => this.#roster.actor(participantId),
      },
      append: (entry) => this.#log.write(entry),
      answer: (call) => this.#model?.answerTool(call),
      onError: (error) => this.#report('tool', error),
    });
  }

  #requestDesk(): RequestDesk {
    const { manage } = this.#options;
    return new RequestDesk({
      clock: this.#options.clock,
      handlers: {
        ...peopleRequests({
          setRole: (participantId, role, by) => this.setRole(participantId, role, by),
          moderation: this.#moderation,
          configure: (version, changes, by) => manage.configure({ version, changes, by }),
          redact: (seq, reason, by) => {
            this.#checkGoing();
            const { engine, info } = this.#options;
            return redact({ engine, log: this.#log, roomId: info.id }, { seq, reason, by });
          },
          close: (reason, by) => manage.close({ ...(reason !== undefined && { reason }), by }),
        }),
        ...recordingRequests(this),
        ...appRequests({
          topics: this.#options.settings.topics,
          appendApp: (topic, data, by) => this.publish(topic, data, by).then(({ seq }) => seq),
          readApp: (wanted) => readAppEntries(this.#options.engine, this.#info.id, wanted),
        }),
      },
      onError: (error) => this.#report('connection', error),
    });
  }

  /** The room as its connections see it. */
  #connectionRoom(): ConnectionRoom {
    const { clock, settings } = this.#options;
    return {
      roomId: this.#info.id,
      limits: settings.limits,
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      top: () => this.#log.top,
      read: (from, to) => this.#log.read(from, to),
      search: (options) => searchLog(this.#options.engine, this.#info.id, options),
      append: async (entry) => {
        // Nothing may come after `room.closed`.
        this.#checkGoing();
        return this.#log.append(entry);
      },
      skip: (participantId, cid) => this.#log.skip(participantId, cid),
      ask: (actor, text, seq) => this.ask(actor, text, seq),
      roleOf: (participantId) => this.#roster.role(participantId) ?? 'viewer',
      answer: ({ participantId, connectionId }, request) => {
        const actor = this.#roster.actor(participantId) ?? { participantId, name: '' };
        const role = this.#roster.role(participantId) ?? 'viewer';
        return this.#requests.answer(request, { actor, role, connectionId });
      },
      interrupt: () => this.#model?.interrupt(),
      tool: (connection, message) => this.#tools.receive(connection, message),
      floor: (participantId, message) => this.#media.moveFloor(participantId, message),
      pin: (participantId, pin) => this.#media.pin(participantId, pin),
      microphoneOpened: (connection) => this.#moderation.oneMicrophone(connection),
      setMedia: (connection, media) => {
        this.#roster.setMedia(connection.participantId, connection.connectionId, media);
        this.#media.setMedia(connection, media);
        this.#people.setMedia(connection.connectionId, media);
        // Whoever opens the microphone wants to be heard.
        if (media.microphone && !this.#ended) this.#model?.wake();
      },
      takeAudio: (connection, frame) => this.#people.takeAudio(connection, frame),
      takePicture: (connection, frame) => this.#people.takePicture(connection, frame),
      watch: (connection, watch) => this.#people.watch(connection, watch),
      hearsOpus: () => this.#codecs.hearsOpus,
      leave: (connection) => {
        this.#forget(connection, true);
        this.#roster.leave(connection.participantId, connection.connectionId);
      },
      drop: (connection) => {
        this.#forget(connection, false);
        this.#roster.drop(connection.participantId, connection.connectionId);
      },
      send: (port, message, encoded) => this.#outlet.send(port, message, encoded),
      close: (port, code, reason) => this.#outlet.close(port, code, reason),
      report: (error) => this.#report('connection', error),
    };
  }

  #measured(measurement: RoomMeasurement): void {
    this.#options.emit('measured', { room: this.#info, measurement });
  }

  #report(stage: RoomErrorStage, error: unknown): void {
    this.#options.emit('error', { room: this.#info, stage, error });
  }
}
