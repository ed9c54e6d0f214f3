import type { ClientMessage, FunctionResponse, ServerEvent, Setup } from '@colloquy/live-protocol';
import { GeminiWireError, parseServerMessage, textInputOf } from '@colloquy/live-protocol';
import type { HeardClock } from './audio/playback.ts';
import type { Speaker } from './audio/speaker.ts';
import { Connection } from './connection/connection.ts';
import type { ConnectionSnapshot } from './connection/connection-snapshot.ts';
import { pageNetworkHints } from './connection/network-hints.ts';
import { checkTargetOptions, socketTarget } from './connection/socket-target.ts';
import { WakeLock } from './connection/wake-lock.ts';
import { webSocketOpener } from './connection/web-socket.ts';
import type { Camera } from './devices/camera.ts';
import type { Microphone } from './devices/microphone.ts';
import type { ScreenShare } from './devices/screen.ts';
import { Emitter } from './emitter.ts';
import { LiveClientError } from './errors.ts';
import { type IterateOptions, iterateEvents } from './event-iterator.ts';
import { LifeWatch } from './gemini/life-watch.ts';
import { LiveCapture } from './gemini/live-capture.ts';
import { KnownCloses } from './gemini/live-close-error.ts';
import { LiveConversation } from './gemini/live-conversation.ts';
import { audioMessage, STOP_ANSWER, setupMessage, textMessage, toolResponseMessage } from './gemini/live-messages.ts';
import { checkLiveOptions, type GeminiLiveOptions, withLiveDefaults } from './gemini/live-options.ts';
import { emptyLiveSnapshot, type LiveEvents, type LiveSnapshot } from './gemini/live-snapshot.ts';
import { type LiveTool, withTools } from './gemini/live-tool.ts';
import { PROXY_PING, type ProxyMessage, readProxyMessage } from './gemini/proxy-message.ts';
import { TicketRenewal } from './gemini/ticket-renewal.ts';
import { ToolRunner } from './gemini/tool-runner.ts';
import { createMediaKit, disposeMedia, type MediaKit, mediaSnapshot, stopMedia, watchMedia } from './media-kit.ts';
import { Store } from './store.ts';

/** What this package speaks with its proxy: Gemini's wire, and messages between the two. */
const LIVE_SUBPROTOCOL = 'colloquy.live.v1';

/**
 * A conversation between one person and a Gemini Live model, through a proxy that holds the credentials.
 *
 * @example
 * ```ts
 * const live = new GeminiLiveAPI({ url: '/live', setup: { model: 'models/gemini-3.8-live' } });
 * await live.connect();
 * live.on('transcriptUpdated', ({ speaker, text }) => console.log(speaker, text));
 * await live.microphone.start();
 * ```
 */
export class GeminiLiveAPI {
  readonly #options: ReturnType<typeof withLiveDefaults>;
  readonly #setup: Setup;
  readonly #tools: ToolRunner;
  readonly #kit: MediaKit;
  readonly #store: Store<LiveSnapshot>;
  readonly #events = new Emitter<LiveEvents>();
  readonly #connection: Connection;
  readonly #conversation: LiveConversation;
  readonly #capture: LiveCapture;
  readonly #unwatchMedia: () => void;
  /** Of the newest state that can be continued; `null` when a new connection would know nothing. */
  #handle: string | null = null;
  readonly #life: LifeWatch;
  readonly #ticket: TicketRenewal;
  readonly #closes = new KnownCloses();
  readonly #wakeLock = new WakeLock();
  #disposed = false;

  /** @throws TypeError or RangeError when an option is missing or of the wrong kind. */
  constructor(options: GeminiLiveOptions) {
    checkTargetOptions('GeminiLiveAPI', options?.url, options?.ticket);
    checkLiveOptions(options);
    this.#options = withLiveDefaults(options);
    this.#setup = options.setup;
    this.#tools = new ToolRunner(options.tools ?? [], (response) => {
      // A connection that ends has given the call up.
      this.#sendIfOpen(toolResponseMessage([response]));
    });
    this.#kit = (options.media ?? createMediaKit)({ workletUrl: options.workletUrl, microphone: options.microphone });
    this.#store = new Store(emptyLiveSnapshot(mediaSnapshot(this.#kit)));
    this.#connection = this.#createConnection();
    this.#life = new LifeWatch({
      intervalMs: this.#options.wire === 'colloquy' ? this.#options.heartbeatIntervalMs : 0,
      timeoutMs: this.#options.heartbeatTimeoutMs,
      sendPing: () => this.#connection.send(PROXY_PING),
      canResume: () => this.#handle !== null,
      onLost: (message) => this.#connection.fail(connectionLost(message)),
    });
    this.#ticket = new TicketRenewal({
      ticket: this.#options.ticket,
      send: (message) => this.#connection.send(message),
      onFailed: (error) => this.#events.emit('error', { error }),
    });
    this.#conversation = new LiveConversation(
      {
        store: this.#store,
        events: this.#events,
        speaker: this.#kit.speaker,
        tools: this.#tools,
      },
      { maxTranscriptItems: this.#options.maxTranscriptItems },
    );
    this.#capture = new LiveCapture(this.#kit, {
      bufferedAmount: () => this.#connection.bufferedAmount,
      send: (message) => this.#sendIfOpen(message),
      stalled: () => this.#connection.fail(connectionLost('Nothing leaves the connection any more.')),
      marksActivity: marksActivity(options.setup),
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

  /** Loudness of the model's voice now, 0 to 1. */
  get modelLevel(): number {
    return this.#conversation.level;
  }

  /** Loudness now, 0 to 1: of this microphone (`'user'`) or of the model (`'model'`). */
  audioLevel(who: string): number {
    return who === 'model' ? this.modelLevel : this.#kit.microphone.level;
  }

  /** How far the model's voice was heard: a clock, never state. Turn 0 before anything was. */
  get heard(): HeardClock {
    return this.#conversation.heard;
  }

  /**
   * Opens a session; resolves at `setupComplete`. Calls made meanwhile share one attempt.
   *
   * @throws {@link LiveClientError} with close code and reason when the setup was refused or the proxy could not be
   * reached, or when `signal` fired.
   */
  async connect(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#refuseIfDisposed();
    await this.#connection.connect(options.signal);
    // Where sound needs a gesture this waits in vain, and `canPlay` stays false: the page asks for one.
    this.#kit.speaker.resume().catch(() => {});
  }

  /**
   * Says something in writing and asks for an answer.
   *
   * @throws RangeError when the text is empty.
   * @throws {@link LiveClientError} `ERR_NOT_CONNECTED`
   */
  sendText(text: string): void {
    if (text.trim() === '') throw new RangeError('A message must not be empty.');
    this.#send(textMessage(text, textInputOf(this.#setup.model ?? '')));
    this.#conversation.typed(text);
  }

  /**
   * Sends sound that does not come from {@link GeminiLiveAPI.microphone}: PCM16, mono, 16 kHz. Dropped while there is no
   * session or the network does not carry it.
   *
   * @returns whether it was sent.
   */
  sendAudio(samples: Int16Array): boolean {
    return this.#capture.hasRoomForAudio && this.#sendIfOpen(audioMessage(samples));
  }

  /**
   * Sends one picture. Dropped while there is no session or the network does not carry it.
   *
   * @returns whether it was sent.
   */
  sendImage(bytes: Uint8Array, mimeType = 'image/jpeg'): boolean {
    return this.#capture.sendPicture(bytes, mimeType);
  }

  /**
   * Adds a function that the model may call. The model is told of it with the next connection; a call that comes after is
   * answered at once.
   *
   * @returns its undo, which also cancels what runs of it.
   * @throws TypeError when there is one of that name.
   */
  registerTool<Args>(tool: LiveTool<Args>): () => void {
    this.#refuseIfDisposed();
    return this.#tools.register(tool);
  }

  /**
   * Answers function calls that no tool answers.
   *
   * @throws {@link LiveClientError} `ERR_NOT_CONNECTED`
   */
  sendToolResponse(responses: FunctionResponse | readonly FunctionResponse[]): void {
    this.#send(toolResponseMessage(Array.isArray(responses) ? responses : [responses as FunctionResponse]));
  }

  /**
   * Push-to-talk is pressed: what the microphone hears from 300 ms ago on goes to the model. For a setup with
   * `realtimeInputConfig: { automaticActivityDetection: { disabled: true } }`; the microphone runs all the time then, and
   * is heard only between this and {@link endActivity}, also over a connection that is made again meanwhile.
   *
   * @throws TypeError when the setup leaves it to the model to detect speech.
   * @throws {@link LiveClientError} `ERR_NOT_CONNECTED`
   */
  beginActivity(): void {
    this.#refuseIfDisposed();
    if (!marksActivity(this.#setup)) {
      throw new TypeError(
        'beginActivity() needs a setup with realtimeInputConfig.automaticActivityDetection.disabled: true.',
      );
    }
    if (!this.#capture.begin()) throw notConnected();
  }

  /** Push-to-talk is released: speech is over, the model is to answer. Does nothing when it was not pressed. */
  endActivity(): void {
    this.#capture.end();
  }

  /** Stops the current answer: silent here at once, and the model is told. */
  interrupt(): void {
    this.#conversation.silence();
    if (this.#conversation.isAnswering) this.#sendIfOpen(STOP_ANSWER);
  }

  /** Ends the session and stops the devices. The client can connect again, to a new session. */
  async close(): Promise<void> {
    stopMedia(this.#kit);
    this.#handle = null;
    await this.#connection.close();
  }

  /** Closes and frees everything; the client is of no use afterwards. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#capture.dispose();
    await this.close();
    this.#conversation.dispose();
    this.#unwatchMedia();
    await disposeMedia(this.#kit);
    this.#events.clear();
  }

  /** The same object until something changed. */
  getSnapshot = (): LiveSnapshot => this.#store.snapshot;

  /** Calls `listener` after each change of the snapshot until the returned function is called. */
  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** Calls `listener` at each event of this type until the returned function is called. */
  on<Type extends keyof LiveEvents>(type: Type, listener: (event: LiveEvents[Type]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /** The events of this type from now on, for `for await`; ends with its signal and when the client is disposed. */
  iterate<Type extends keyof LiveEvents>(
    type: Type,
    options?: IterateOptions,
  ): AsyncIterableIterator<LiveEvents[Type]> {
    return iterateEvents(this.#events, type, options);
  }

  /** {@link dispose}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #createConnection(): Connection {
    const { url, ticket, wire, webSocket } = this.#options;
    return new Connection({
      openSocket: webSocketOpener(webSocket),
      target: () => {
        this.#closes.load();
        return socketTarget({ url, ticket, subprotocol: LIVE_SUBPROTOCOL, isRequired: wire === 'colloquy' });
      },
      toError: (closing, ready) => {
        const { error, dropHandle } = this.#closes.read(closing, ready);
        if (dropHandle) this.#handle = null;
        return error;
      },
      // Without a handle a new connection would be another conversation, which is for the application to begin.
      mayRetry: (_, wasOpen) => !wasOpen || this.#handle !== null,
      connectTimeoutMs: this.#options.connectTimeoutMs,
      maxConnectAttempts: this.#options.maxConnectAttempts,
      maxReconnectAttempts: this.#options.maxReconnectAttempts,
      hints: pageNetworkHints(),
      random: this.#options.random,
      handlers: {
        socketOpened: () => {
          this.#connection.send(JSON.stringify(setupMessage(withTools(this.#setup, this.#tools.tools), this.#handle)));
        },
        messageReceived: (data) => this.#received(data),
        connectionLost: () => {
          this.#life.end();
          this.#ticket.end();
          this.#capture.connectionLost();
          this.#conversation.breakOff();
        },
        stateChanged: (connection) => this.#connectionChanged(connection),
        probe: (hint) => this.#life.hinted(hint),
      },
    });
  }

  #received(data: string | Uint8Array<ArrayBuffer>): void {
    this.#life.heard();
    const told = readProxyMessage(data);
    if (told !== null) {
      this.#proxyTold(told);
      return;
    }
    let events: readonly ServerEvent[];
    try {
      events = parseServerMessage(data);
    } catch (cause) {
      if (!(cause instanceof GeminiWireError)) throw cause;
      this.#events.emit('error', { error: new LiveClientError('ERR_BAD_SERVER_MESSAGE', cause.message, { cause }) });
      return;
    }
    this.#conversation.messageBegins();
    for (const event of events) this.#event(event);
  }

  #proxyTold(message: ProxyMessage): void {
    if (message.type === 'continuity') {
      this.#store.update({ continuity: message.continuity });
      this.#events.emit('continuityChanged', message.continuity);
    } else if (message.type === 'notice') {
      if (message.notice.code === 'ticketEnding') this.#ticket.begin();
      this.#events.emit('noticeReceived', message.notice);
    } else if (message.type === 'pong') this.#life.answered();
  }

  #event(event: ServerEvent): void {
    if (event.type === 'setupComplete') {
      const { sessionId } = event;
      this.#connection.markReady();
      this.#capture.connected();
      this.#life.begin();
      this.#store.update({ sessionId, model: 'listening', continuity: null });
      this.#events.emit('opened', { sessionId, resumed: this.#handle !== null });
    } else if (event.type === 'sessionResumptionUpdate') {
      // Nothing can be continued in the middle of an answer; the state before it still can.
      if (event.resumable && event.handle) this.#handle = event.handle;
    }
    this.#conversation.receive(event);
  }

  #connectionChanged(connection: ConnectionSnapshot): void {
    const { error: known } = this.#store.snapshot.connection;
    this.#store.update(connection.status === 'open' ? { connection } : { connection, model: 'off' });
    if (this.#options.keepAwake) this.#wakeLock.set(connection.status !== 'closed');
    this.#events.emit('stateChanged', { connection });
    if (connection.error && connection.error !== known) this.#events.emit('error', { error: connection.error });
    if (connection.status !== 'closed') return;
    this.#capture.end();
    if (connection.error) stopMedia(this.#kit);
    this.#handle = null;
    this.#events.emit('closed', { error: connection.error });
  }

  #send(message: ClientMessage): void {
    this.#refuseIfDisposed();
    if (this.#sendIfOpen(message)) return;
    throw notConnected();
  }

  #sendIfOpen(message: ClientMessage): boolean {
    return this.#connection.snapshot.status === 'open' && this.#connection.send(JSON.stringify(message));
  }

  #refuseIfDisposed(): void {
    if (this.#disposed) throw new LiveClientError('ERR_DISPOSED', 'This GeminiLiveAPI was disposed; make a new one.');
  }
}

function marksActivity(setup: Setup): boolean {
  return setup.realtimeInputConfig?.automaticActivityDetection?.disabled === true;
}

function notConnected(): LiveClientError {
  return new LiveClientError('ERR_NOT_CONNECTED', 'There is no session to send this to; call connect() first.');
}

function connectionLost(message: string): LiveClientError {
  return new LiveClientError('ERR_CONNECTION_LOST', message, {
    hint: 'The client connects again by itself if the session can be continued.',
    retryable: true,
  });
}
