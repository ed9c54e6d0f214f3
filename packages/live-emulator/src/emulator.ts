import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GeminiCloseReason, type ServerMessage } from '@colloquy/live-protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PcmAudio } from './audio/wav.ts';
import { checkCloseCode } from './close-code.ts';
import { checkFault, checkFaultAction, type Fault, type FaultAction } from './faults/fault.ts';
import { FaultPlan, performFault } from './faults/fault-plan.ts';
import { type EmulatorOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { SeededRandom } from './random.ts';
import { admit } from './server/admission.ts';
import { answerInspection } from './server/inspection.ts';
import { authorityOf, listen } from './server/listen.ts';
import { credentialsOf, type Route, routeOf } from './server/route.ts';
import { SessionArchive } from './server/session-archive.ts';
import { answerTokenRequest, isTokenPath } from './server/token-endpoint.ts';
import { WsSocket } from './server/ws-socket.ts';
import { ResumptionStore } from './session/resumption-store.ts';
import { LiveSession, type SessionEnvironment } from './session/session.ts';
import { type ReceivedPicture, SessionRecord, type SessionReport } from './session/session-record.ts';
import type { Refusal } from './session/setup-check.ts';
import { TokenStore } from './tokens/token-store.ts';
import { chooseVoice } from './voice/choose-voice.ts';

/** Longest a closing handshake may take when the emulator shuts down; then the socket is cut. */
const CLOSE_GRACE_MS = 1_000;

const QUOTA: Refusal = {
  closeCode: 1011,
  reason: GeminiCloseReason.quota,
  path: '',
  remedy: 'Close other connections first, or raise mostSessions.',
};

/** One connection of a client, to look at and to disturb. */
export interface EmulatorSession {
  readonly id: string;
  /** What it received and sent so far. */
  report(): SessionReport;
  /** The audio the model heard, exactly as received, one chunk after the other. */
  heard(): PcmAudio;
  /** Pictures kept, oldest first. */
  pictures(): readonly ReceivedPicture[];
  /** Sends `goAway` now and closes with 1011 after `seconds` of the emulator's time. */
  goAway(seconds: number): void;
  /** Resets the TCP connection; the client sees 1006. */
  drop(): void;
  /** Closes with a code and a reason, which is cut to 123 bytes. @throws `RangeError` for a code that cannot be sent */
  close(code: number, reason: string): void;
  /** Sends any message, right or wrong. */
  send(message: ServerMessage): void;
  /** What the model said, one chunk after the other, at 24 kHz. */
  spoken(): PcmAudio;
  /** Makes something go wrong now. @throws `TypeError` or `RangeError` for an action that makes no sense */
  inject(action: FaultAction): void;
}

/** A running emulator. */
export interface Emulator {
  /** Base URL for SDKs (`httpOptions.baseUrl`): `http://127.0.0.1:port`. */
  readonly url: string;
  /** The same for WebSocket clients: `ws://127.0.0.1:port`. */
  readonly wsUrl: string;
  readonly port: number;
  /** Connections that are remembered, open and closed, oldest first. */
  sessions(): readonly EmulatorSession[];
  /** `null` when there is none of that id. */
  session(id: string): EmulatorSession | null;
  /**
   * Replaces the faults that connections from now on will have; those that are open keep theirs.
   * @throws `TypeError` or `RangeError` for a fault that makes no sense
   */
  planFaults(faults: readonly Fault[]): void;
  /** Lets the handles of all ended sessions expire at once. */
  expireHandles(): void;
  /** Closes every connection (1001) and stops listening. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a Gemini Live server on this machine.
 *
 * @throws `TypeError` or `RangeError` for options that make no sense; {@link LiveEmulatorError}
 * `ERR_EMULATOR_PORT_IN_USE` or `ERR_EMULATOR_LISTEN` when it cannot listen, `ERR_EMULATOR_VOICE` when `espeak-ng` was
 * asked for and cannot speak.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator({ port: 0, seed: 1 });
 * const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: emulator.url } });
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  resolved.faults.forEach(checkFault);
  const voice = typeof resolved.voice === 'string' ? await chooseVoice(resolved.voice, resolved) : resolved.voice;
  const running = new RunningEmulator({ ...resolved, voice });
  await running.listen();
  return running;
}

class RunningEmulator implements Emulator {
  readonly #options: ResolvedOptions;
  readonly #random: SeededRandom;
  readonly #environment: SessionEnvironment;
  readonly #resumption: ResumptionStore;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #archive: SessionArchive<LiveSession>;
  readonly #tokens: TokenStore;
  #faults: readonly Fault[];
  /** The port it listens on; stays known after the end. */
  #port: number;
  #connections = 0;
  /** TCP connections of every kind; upgraded ones are not known to the HTTP server any more. */
  readonly #streams = new Set<Duplex>();
  #closing: Promise<void> | null = null;

  constructor(options: ResolvedOptions & { readonly voice: SessionEnvironment['voice'] }) {
    this.#options = options;
    this.#port = options.port;
    this.#faults = options.faults;
    this.#random = new SeededRandom(options.seed);
    this.#resumption = new ResumptionStore({ clock: options.clock, random: this.#random.fork('handles') });
    this.#environment = { ...options, limits: options, resumption: this.#resumption };
    this.#archive = new SessionArchive({ keepClosed: options.keepClosedSessions });
    this.#tokens = new TokenStore({ ...options, random: this.#random.fork('tokens') });
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes,
      perMessageDeflate: options.perMessageDeflate,
    });
    this.#http.on('connection', (stream) => {
      this.#streams.add(stream);
      stream.once('close', () => this.#streams.delete(stream));
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${this.#authority}`;
  }

  get wsUrl(): string {
    return `ws://${this.#authority}`;
  }

  get #authority(): string {
    return authorityOf(this.#options.host, this.port);
  }

  async listen(): Promise<void> {
    this.#port = await listen(this.#http, this.#options);
    this.#http.on('error', (error) => this.#options.logger.error?.('The HTTP server failed.', error));
  }

  sessions(): readonly EmulatorSession[] {
    return this.#archive.all.map(toEmulatorSession);
  }

  session(id: string): EmulatorSession | null {
    const session = this.#archive.get(id);
    return session && toEmulatorSession(session);
  }

  planFaults(faults: readonly Fault[]): void {
    faults.forEach(checkFault);
    this.#faults = faults;
  }

  expireHandles(): void {
    this.#resumption.expireAll();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const session of this.#archive.all) session.close(1001, '');
    // The machine's clock, because a fake one may stand still for ever.
    const grace = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
      // Half a request, or a refused upgrade whose client keeps its end open, would keep the server open for ever.
      for (const stream of this.#streams) stream.destroy();
    }, CLOSE_GRACE_MS);
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeIdleConnections();
    });
    clearTimeout(grace);
    this.#sockets.close();
  }

  /** Before a connection is added. */
  get #isFull(): boolean {
    const { mostSessions } = this.#options;
    return mostSessions > 0 && this.#archive.all.filter(({ record }) => !record.isClosed).length >= mostSessions;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (isTokenPath(request.url ?? '/')) {
      const { apiKeys, wallClock, logger } = this.#options;
      const options = { tokens: this.#tokens, apiKeys, now: () => wallClock.now() };
      answerTokenRequest(request, response, options).catch((error: unknown) => {
        // The peer left while it was read: nobody waits for an answer.
        logger.debug?.(`A request for a token could not be read: ${String(error)}`);
        response.destroy();
      });
      return;
    }
    answerInspection(request, response, {
      records: () => this.#archive.all.map((session) => session.record),
      record: (id) => this.#archive.get(id)?.record ?? null,
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer that vanishes before it was upgraded is no concern of anybody.
    const ignore = (): void => {};
    socket.on('error', ignore);
    const route = routeOf(request.url ?? '/');
    if (!route || this.#closing) {
      const status = route ? '503 Service Unavailable' : '404 Not Found';
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      this.#connect(new WsSocket(webSocket, socket), webSocket, request, route);
    });
  }

  #connect(port: WsSocket, socket: WebSocket, request: IncomingMessage, route: Route): void {
    const { clock, wallClock, keepAudioSeconds, keepPictures, logger } = this.#options;
    this.#connections += 1;
    const connection = this.#connections;
    const id = `session-${connection}`;
    const credentials = credentialsOf(request.url ?? '/', request.headers);
    const grant = route.constrained ? this.#tokens.find(credentials.token) : null;
    let plan: FaultPlan | null = null;
    const session = new LiveSession({
      route,
      socket: port,
      record: new SessionRecord({ id, route, now: () => wallClock.now(), keepAudioSeconds, keepPictures }),
      random: this.#random.fork(id),
      environment: this.#environment,
      admission: this.#isFull ? Promise.resolve(QUOTA) : admit(credentials, route, { ...this.#options, grant }),
      grant,
      onMoment: (moment) => plan?.reached(moment),
    });
    const planned = new FaultPlan({ faults: this.#faults, target: session, connection, clock });
    plan = planned;
    planned.reached('open');
    this.#archive.add(session);
    logger.debug?.(`${id} opened on ${route.path}.`);
    socket.on('message', (data) => session.receive(toBytes(data)));
    // The close that follows tells the session; `ws` has already answered what the error was about.
    socket.on('error', (error) => session.record.note(error.message));
    socket.on('close', (code, reason) => {
      planned.cancel();
      session.disconnected(code, reason.toString());
      this.#archive.tidy();
      logger.debug?.(`${id} closed with ${code} ${reason.toString()}.`);
    });
  }
}

function toBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function toEmulatorSession(session: LiveSession): EmulatorSession {
  return {
    id: session.record.id,
    report: () => session.record.report(),
    heard: () => session.record.heard(),
    pictures: () => [...session.record.pictures],
    goAway: (seconds) => session.goAway(seconds),
    drop: () => session.drop(),
    close: (code, reason) => {
      checkCloseCode('code', code);
      session.close(code, reason);
    },
    send: (message) => session.send(message),
    spoken: () => session.record.spoken(),
    inject: (action) => {
      checkFaultAction(action);
      performFault(action, session);
    },
  };
}
