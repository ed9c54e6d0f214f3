import type { AppData, PicturePin } from '@colloquy/live-protocol';
import type { PlaybackStatistics } from '../audio/playback-statistics.ts';
import type { Speaker } from '../audio/speaker.ts';
import { CodecLoader } from '../codecs/codec-loader.ts';
import { checkTargetOptions } from '../connection/socket-target.ts';
import type { Camera } from '../devices/camera.ts';
import type { Microphone } from '../devices/microphone.ts';
import type { ScreenShare } from '../devices/screen.ts';
import { Emitter } from '../emitter.ts';
import { LiveClientError } from '../errors.ts';
import { type IterateOptions, iterateEvents } from '../event-iterator.ts';
import { createMediaKit, disposeMedia, type MediaKit, mediaSnapshot, stopMedia, watchMedia } from '../media-kit.ts';
import { Store } from '../store.ts';
import type { AppLog } from './app-log.ts';
import { AppLogs } from './app-logs.ts';
import { LogPages } from './log-pages.ts';
import { notConnected } from './not-connected.ts';
import { watchPageVisibility } from './page-visibility.ts';
import { ParticipantMedia } from './participant-media.ts';
import { RoomCapture } from './room-capture.ts';
import { checkRoomOptions, type RoomClientOptions, type RoomOptions, withDefaults } from './room-client-options.ts';
import type { RoomEvents } from './room-events.ts';
import { RoomHost } from './room-host.ts';
import { RoomInbox } from './room-inbox.ts';
import { RoomLink } from './room-link.ts';
import { RoomOutput } from './room-output.ts';
import { type RoomRequestOptions, RoomRequests } from './room-requests.ts';
import { emptyRoomSnapshot, type RoomSnapshot } from './room-snapshot.ts';
import { RoomState } from './room-state.ts';
import { type RoomClientTool, RoomTools } from './room-tools.ts';
import type { SearchRoomOptions, SearchRoomPage } from './search-room.ts';
import { TabIdentity } from './tab-identity.ts';
import { WatchList } from './watch-list.ts';

/**
 * A participant's end of a room: log, people, model, sound and pictures over one connection that heals itself.
 *
 * @example
 * ```ts
 * const room = new RoomClient({ url: '/rooms/panel' });
 * await room.connect();
 * room.on('entryAdded', ({ entry }) => console.log(entry));
 * await room.microphone.start();
 * room.sendText('Hello');
 * ```
 */
export class RoomClient {
  /** What only hosts may do: people, roles, closing. */
  readonly host: RoomHost;
  readonly #options: RoomOptions;
  readonly #kit: MediaKit;
  readonly #store: Store<RoomSnapshot>;
  readonly #events = new Emitter<RoomEvents>();
  readonly #link: RoomLink;
  readonly #state: RoomState;
  readonly #identity: TabIdentity;
  readonly #output: RoomOutput;
  readonly #watchList: WatchList;
  readonly #capture: RoomCapture;
  readonly #pages: LogPages;
  readonly #requests: RoomRequests;
  readonly #tools: RoomTools;
  readonly #inbox: RoomInbox;
  readonly #appLogs: AppLogs;
  readonly #unwatchMedia: () => void;
  #unwatchPage: (() => void) | null = null;
  #disposed = false;

  /** @throws TypeError when an option is missing or of the wrong kind. */
  constructor(options: RoomClientOptions) {
    checkTargetOptions('RoomClient', options?.url, options?.ticket);
    checkRoomOptions(options);
    this.#options = withDefaults(options);
    this.#kit = (options.media ?? createMediaKit)({ workletUrl: options.workletUrl, microphone: options.microphone });
    this.#store = new Store(emptyRoomSnapshot(mediaSnapshot(this.#kit)));
    this.#state = this.#createState();
    this.#identity = new TabIdentity(this.#state.outbox, options.clientId);
    const codecs = new CodecLoader(options.webCodecs ?? true);
    this.#link = this.#createLink(codecs);
    this.#watchList = new WatchList((watch) => this.#link.send(watch));
    this.#output = new RoomOutput(this.#kit.speaker, {
      codecs,
      presence: this.#state.presence,
      ownIndex: () => this.#store.snapshot.self?.index ?? null,
      videosChanged: (videos) => this.#store.update({ videos }),
    });
    this.#pages = new LogPages({
      store: this.#store,
      state: this.#state,
      send: (message) => this.#link.send(message),
      isOpen: () => this.#link.isOpen,
      pageSize: this.#options.historyPageSize,
      timeoutMs: this.#options.requestTimeoutMs,
    });
    this.#requests = new RoomRequests({
      send: (message) => this.#link.send(message),
      isOpen: () => this.#link.isOpen,
      timeoutMs: this.#options.requestTimeoutMs,
    });
    this.#appLogs = new AppLogs({
      read: (topic, after, limit) => this.#requests.ask({ action: 'appEntries', topic, after, limit }),
      isOpen: () => this.#link.isOpen,
      onJoined: (listener) => this.#events.on('joined', listener),
      onEntry: (listener) => this.#events.on('entryAdded', ({ entry }) => listener(entry)),
    });
    this.#tools = new RoomTools({
      send: (message) => this.#link.send(message),
      isOpen: () => this.#link.isOpen,
      now: Date.now,
      approvalsChanged: (toolApprovals) => {
        this.#store.update({ toolApprovals });
        this.#events.emit('toolApprovalsChanged', { toolApprovals });
      },
    });
    this.host = new RoomHost(this.#requests, () => this.#store.snapshot.room?.configurationVersion ?? 1);
    this.#capture = new RoomCapture(this.#kit, {
      codecs,
      isOpen: () => this.#link.isOpen,
      bufferedAmount: () => this.#link.bufferedAmount,
      sendFrame: (bytes) => this.#link.sendFrame(bytes),
      sendMediaState: (media) => this.#link.send({ type: 'media', media }),
      index: () => this.#store.snapshot.self?.index ?? 0,
    });
    this.#inbox = new RoomInbox({
      link: this.#link,
      state: this.#state,
      output: this.#output,
      capture: this.#capture,
      watchList: this.#watchList,
      pages: this.#pages,
      requests: this.#requests,
      tools: this.#tools,
      events: this.#events,
    });
    this.#unwatchMedia = watchMedia(this.#kit, {
      changed: (change) => this.#store.update(change),
      speakerFailed: (error) => this.#events.emit('error', { error }),
      duckBy: this.#options.duckBy,
    });
  }

  get microphone(): Microphone {
    return this.#kit.microphone;
  }

  get camera(): Camera {
    return this.#kit.camera;
  }

  get screen(): ScreenShare {
    return this.#kit.screen;
  }

  get speaker(): Speaker {
    return this.#kit.speaker;
  }

  /**
   * Joins the room; resolves when the server has welcomed this participant. Calls made meanwhile share one attempt.
   *
   * @throws {@link LiveClientError} when the room is closed or unknown, when this person may not enter, when the server
   * could not be reached in a few attempts, or when `signal` fired.
   */
  async connect(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#refuseIfDisposed();
    this.#unwatchPage ??= watchPageVisibility((isHidden) => this.#watchList.setHidden(isHidden));
    await this.#link.connect(options.signal);
    // Where sound needs a gesture this waits in vain, and `canPlay` stays false: the page asks for one.
    this.#kit.speaker.resume().catch(() => {});
  }

  /** Leaves the room at once and stops the devices. The client can connect again. */
  async leave(): Promise<void> {
    stopMedia(this.#kit);
    this.#output.clear();
    await this.#link.leave();
  }

  /** Leaves and frees everything; the client is of no use afterwards. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // Before anything is awaited: the next client of this tab may take the identity at once.
    this.#identity.release();
    this.#capture.dispose();
    this.#unwatchPage?.();
    await this.leave();
    this.#link.dispose();
    this.#unwatchMedia();
    await disposeMedia(this.#kit);
    this.#events.clear();
  }

  /** The same object until something changed. */
  getSnapshot = (): RoomSnapshot => this.#store.snapshot;

  /** Calls `listener` after each change of the snapshot until the returned function is called. */
  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** Calls `listener` at each event of this type until the returned function is called. */
  on<Type extends keyof RoomEvents>(type: Type, listener: (event: RoomEvents[Type]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /** The events of this type from now on, for `for await`; ends with its signal and when the client is disposed. */
  iterate<Type extends keyof RoomEvents>(
    type: Type,
    options?: IterateOptions,
  ): AsyncIterableIterator<RoomEvents[Type]> {
    return iterateEvents(this.#events, type, options);
  }

  /** {@link dispose}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /**
   * Writes to the room, and with `toModel` (the default) asks the model to answer. The text is in the timeline at once
   * and is sent, again if need be, until the server has stored it.
   *
   * @throws RangeError when the text is empty or longer than the server allows.
   * @throws {@link LiveClientError} `ERR_NOT_CONNECTED` when the connection is closed, `ERR_OUTBOX_FULL`.
   */
  sendText(text: string, options: { readonly toModel?: boolean } = {}): void {
    this.#refuseIfDisposed();
    const max = this.#state.limits?.maxTextLength ?? Number.POSITIVE_INFINITY;
    if (text.trim() === '') throw new RangeError('A message must not be empty.');
    if (text.length > max) {
      throw new RangeError(`A message has at most ${max} characters; this one has ${text.length}. Send it in parts.`);
    }
    if (this.#link.status === 'closed') throw notConnected('sendText');
    this.#state.addText(text, options.toModel ?? true);
    if (this.#link.isOpen) this.#state.sendWaiting();
  }

  /** Stops the model's current answer for everybody, and here at once. */
  interrupt(): void {
    const { turn } = this.#store.snapshot.model;
    if (turn > 0) this.#output.sound.interruptModel(turn);
    this.#link.send({ type: 'interrupt' });
  }

  /**
   * Asks for the floor, where the policy is `'floor'`: it comes at once, when one's turn has come, or from a host, as
   * `snapshot.floor` tells. A refusal comes as an `error` event.
   */
  requestFloor(): void {
    this.#link.send({ type: 'floor', action: 'request' });
  }

  /** Gives the floor back, or takes one's raised hand down. */
  releaseFloor(): void {
    this.#link.send({ type: 'floor', action: 'release' });
  }

  /** Hosts: gives the floor to somebody, whoever has it. */
  grantFloor(participantId: string): void {
    this.#link.send({ type: 'floor', action: 'grant', participantId });
  }

  /** Hosts: takes the floor from who has it, or the raised hand of somebody down. */
  revokeFloor(participantId?: string): void {
    this.#link.send({ type: 'floor', action: 'revoke', ...(participantId !== undefined && { participantId }) });
  }

  /** Hosts: makes the model see this camera or screen before any other; `null` lets it choose again. */
  pin(pin: PicturePin | null): void {
    this.#link.send({ type: 'pin', pin });
  }

  /**
   * Loads a page of older entries into the timeline; does nothing when there are none, or while a page is on its way.
   *
   * @throws {@link LiveClientError} `ERR_NOT_CONNECTED`, `ERR_REQUEST_TIMEOUT`, or `ERR_CONNECTION_LOST` when the connection
   * broke meanwhile.
   */
  loadOlder(): Promise<void> {
    return this.#pages.loadOlder();
  }

  /**
   * Finds entries of the room's log by words that all occur, newest first; case and accents do not matter, and the last
   * word may be a beginning. `before` of a page is where to look on.
   *
   * @throws RangeError for a `limit` outside 1–100.
   * @throws {@link LiveClientError} `ERR_MESSAGE_REFUSED` for a query without a word, `ERR_NOT_CONNECTED`,
   * `ERR_CONNECTION_LOST`, `ERR_REQUEST_TIMEOUT`.
   */
  async search(query: string, options: SearchRoomOptions = {}): Promise<SearchRoomPage> {
    return this.#pages.search(query, options);
  }

  /**
   * Keeps something of the application's own in the room's log, for everybody: `topic` is one of the server's topics.
   * Give `data` an id of your own making where publishing twice would do harm: an error does not prove that nothing was
   * kept.
   *
   * @returns the number of the entry.
   * @throws {@link LiveClientError} `ERR_NOT_ALLOWED`, `ERR_REQUEST_REFUSED` whose `reason` says what is wrong,
   * `ERR_NOT_CONNECTED`, `ERR_CONNECTION_LOST`, `ERR_REQUEST_TIMEOUT`.
   */
  async publish(topic: string, data: AppData, options?: RoomRequestOptions): Promise<number> {
    return (await this.#requests.ask({ action: 'publish', topic, data }, options)).seq;
  }

  /** Everything that was and will be published under a topic; the same object each time. */
  appLog(topic: string): AppLog {
    return this.#appLogs.of(topic);
  }

  /** From the last ping to its answer, in milliseconds; `null` before the first one. */
  get roundTripMs(): number | null {
    return this.#link.roundTripMs;
  }

  /**
   * Runs a tool of the room here when the model calls it and this page is chosen; the server has declared it with
   * `runsIn`. A call that runs goes on over a broken connection.
   *
   * @returns its undo, after which what runs of it fails.
   * @throws TypeError when there is one of that name.
   */
  registerTool<Args>(tool: RoomClientTool<Args>): () => void {
    this.#refuseIfDisposed();
    return this.#tools.register(tool);
  }

  /** Allows or refuses a call among `snapshot.toolApprovals`; the first decision of anybody counts. */
  decideTool(callId: string, approved: boolean): void {
    this.#tools.decide(callId, approved);
  }

  /**
   * Sound and pictures of somebody, or of the model (`'model'`), as they are played and shown here. It may be asked for
   * before they come and kept after they left.
   */
  media(participantId: string): ParticipantMedia {
    return new ParticipantMedia(participantId, {
      sound: this.#output.sound,
      watchList: this.#watchList,
      snapshot: this.getSnapshot,
      ownLevel: () => this.#kit.microphone.level,
    });
  }

  /** Loudness now, 0 to 1: of this microphone, of another person, or of the model (`'model'`). */
  audioLevel(participantId: string): number {
    return this.media(participantId).level;
  }

  /** How playing somebody's voice goes; `null` when nothing of it has come yet. */
  playback(participantId: string): Promise<PlaybackStatistics | null> {
    return this.media(participantId).playback();
  }

  #createState(): RoomState {
    return new RoomState(
      {
        store: this.#store,
        events: this.#events,
        now: Date.now,
        send: (message) => this.#link.send(message),
        resynchronise: (error) => this.#link.fail(error),
        resendLater: () => this.#link.later(() => this.#state.sendWaiting()),
        identityLost: () => this.#link.renewIdentity(),
      },
      { maxTimelineItems: this.#options.maxTimelineItems },
    );
  }

  #createLink(codecs: CodecLoader): RoomLink {
    return new RoomLink({
      options: this.#options,
      codecs,
      identity: this.#identity,
      hello: () => this.#state.hello(codecs.abilities),
      received: (data) => this.#inbox.receive(data),
      lost: () => {
        this.#pages.requests.connectionLost();
        this.#requests.connectionLost();
      },
      changed: (connection) => {
        this.#state.connectionChanged(connection);
        if (connection.status === 'closed') this.#closed(connection.error);
      },
    });
  }

  #closed(error: LiveClientError | null): void {
    if (error) stopMedia(this.#kit);
    this.#requests.connectionLost(error);
    this.#tools.closed();
    this.#output.clear();
    this.#events.emit('closed', { error });
  }

  #refuseIfDisposed(): void {
    if (this.#disposed) throw new LiveClientError('ERR_DISPOSED', 'This RoomClient was disposed; make a new one.');
  }
}
