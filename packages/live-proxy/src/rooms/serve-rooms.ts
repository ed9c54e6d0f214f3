import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, type RoomIdentity, type RoomManager, systemClock } from '@colloquy/room-core';
import type { Authenticate } from '../authentication.ts';
import { fromIncomingMessage, fromWebRequest } from '../client-request.ts';
import { bodyOfIncoming, bodyOfRequest, toWebResponse, writeResponse } from '../http/node-http.ts';
import { mountOnServer } from '../http/server-mount.ts';
import type { AttachableServer } from '../http/server-upgrades.ts';
import type { Logger } from '../logger.ts';
import { checkMountPath } from '../mount-path.ts';
import { createOriginCheck } from '../same-origin.ts';
import { Access, type Authorize, authorizeByRole } from './access.ts';
import { type RoomServerLimits, resolveLimits } from './limits.ts';
import { RestApi } from './rest-api.ts';
import { parseRoomPath } from './room-paths.ts';
import { type ObservedRooms, RoomTelemetry, type RoomTelemetryOptions, type SocketSources } from './room-telemetry.ts';
import { RoomUpgrades } from './room-upgrades.ts';

/** What is served: a `RoomManager`, or something that behaves like one. */
export type RoomsPort = Pick<
  RoomManager,
  | 'configure'
  | 'reopen'
  | 'delete'
  | 'create'
  | 'get'
  | 'list'
  | 'close'
  | 'history'
  | 'search'
  | 'export'
  | 'appEntries'
  | 'recordings'
  | 'recordingFile'
  | 'connect'
  | 'limits'
> &
  /** For metrics, and for a good end; something that behaves like a manager may do without. */
  Partial<ObservedRooms & Pick<RoomManager, 'handOver' | 'whenQuiet'>>;

/** Options of {@link serveRooms}. */
export interface ServeRoomsOptions {
  /** Says who asks, for every request and every upgrade. Required unless `allowUnauthenticated` is set. */
  readonly authenticate?: Authenticate<RoomIdentity>;
  /**
   * Without `authenticate`: everybody is a host, named by the query parameter `name`. For trying things out on one
   * machine only.
   * @defaultValue `false`
   */
  readonly allowUnauthenticated?: boolean;
  /** Says whether they may. @defaultValue {@link authorizeByRole} */
  readonly authorize?: Authorize;
  /**
   * Origins whose pages may use the rooms, such as `https://studio.example`. An empty list admits no page at all.
   *
   * @defaultValue pages of the same host and port as the request's `Host` header
   */
  readonly allowedOrigins?: readonly string[];
  /** Where `handleRequest`, `handleUpgrade` and `fetch` find the rooms. @defaultValue `'/rooms'` */
  readonly path?: string;
  /**
   * Whose words Gemini clients (`/rooms/:id/live`) are told as `inputTranscription`: their own, or everybody's, which then
   * begin with the speaker's name.
   * @defaultValue `'own'`
   */
  readonly guestTranscripts?: 'own' | 'everybody';
  readonly limits?: Partial<RoomServerLimits>;
  readonly logger?: Logger;
  /**
   * OpenTelemetry's meter instead of the registered one; `false`: no metrics.
   * @defaultValue what the process has registered, if anything
   */
  readonly telemetry?: RoomTelemetryOptions | false;
  /** @defaultValue the machine's time */
  readonly clock?: Clock;
}

/** A room manager behind HTTP and WebSocket. */
export interface RoomServer {
  /**
   * Serves below `path` of a server, beside whatever else it serves. Give the server its own request listener first.
   *
   * @returns The undo; rooms and connections go on.
   */
  attach(server: AttachableServer, options?: { readonly path?: string }): () => void;
  /** Answers a REST request. Resolves to `false` when the path is somebody else's; then nothing was done. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Takes an upgrade. Returns `false` when the path is somebody else's; then the socket was not touched. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** The REST half for servers that speak Web `Request`s; 404 for paths that are somebody else's. */
  fetch(request: Request): Promise<Response>;
  /**
   * Detaches, tells clients to go (`goaway`), closes what is left after `graceMs` with 4503, and resolves when all sockets
   * are gone. Rooms that are shared with other servers go on there at once, before people follow. The room manager goes on;
   * shut it down afterwards. Idempotent.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Serves rooms: REST for creating, listing and reading them, WebSockets for being in them.
 *
 * @example
 * ```ts
 * const server = createServer(app);
 * serveRooms(rooms, { authenticate, allowedOrigins: ['https://studio.example'] }).attach(server, { path: '/rooms' });
 * ```
 *
 * @throws TypeError, RangeError for an option that cannot be, and without both `authenticate` and `allowUnauthenticated`.
 */
export function serveRooms(manager: RoomsPort, options: ServeRoomsOptions): RoomServer {
  return new RoomHttpServer(manager, options);
}

class RoomHttpServer implements RoomServer {
  readonly #manager: RoomsPort;
  readonly #path: string;
  readonly #rest: RestApi;
  readonly #upgrades: RoomUpgrades;
  readonly #telemetry: RoomTelemetry | null;
  readonly #detachers = new Set<() => void>();
  #closing: Promise<void> | null = null;

  constructor(manager: RoomsPort, options: ServeRoomsOptions) {
    checkOptions(options);
    this.#manager = manager;
    const limits = resolveLimits(options.limits);
    const clock = options.clock ?? systemClock();
    const logger = options.logger ?? {};
    const access = new Access({
      authenticate: options.authenticate ?? null,
      authorize: options.authorize ?? authorizeByRole,
      timeoutMs: limits.authenticationTimeoutMs,
    });
    const isAllowedOrigin = createOriginCheck(options.allowedOrigins);
    this.#path = checkMountPath(options.path ?? '/rooms');
    this.#rest = new RestApi({ manager, access, isAllowedOrigin, limits, clock, logger });
    this.#upgrades = new RoomUpgrades({
      ...{ manager, access, isAllowedOrigin, limits, clock, logger },
      countsPublicOnly: options.limits?.joinsPerMinutePerAddress === undefined,
      guestTranscripts: options.guestTranscripts ?? 'own',
      onClose: (code) => this.#telemetry?.closed(code),
    });
    this.#telemetry = telemetryOf(manager, options.telemetry, { bufferedBytes: () => this.#upgrades.bufferedBytes });
  }

  attach(server: AttachableServer, options: { readonly path?: string } = {}): () => void {
    if (this.#closing !== null) throw new TypeError('This room server was closed; make a new one.');
    const mountPath = options.path === undefined ? this.#path : checkMountPath(options.path);
    const detach = mountOnServer(server, {
      owns: (request) => isBelow(mountPath, request),
      handleRequest: (request, response) => void this.#answer(mountPath, request, response),
      handleUpgrade: (request, socket, head) => this.#upgrades.handle(mountPath, request, socket, head),
    });
    this.#detachers.add(detach);
    return () => {
      this.#detachers.delete(detach);
      detach();
    };
  }

  async handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!isBelow(this.#path, request)) return false;
    await this.#answer(this.#path, request, response);
    return true;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (!isBelow(this.#path, request)) return false;
    this.#upgrades.handle(this.#path, request, socket, head);
    return true;
  }

  async fetch(request: Request): Promise<Response> {
    const client = fromWebRequest(request);
    const path = parseRoomPath(this.#path, client.url.pathname) ?? { type: 'unknown' };
    const input = { body: bodyOfRequest(request), signal: request.signal };
    return toWebResponse(await this.#rest.answer(client, { mountPath: this.#path, path }, input));
  }

  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.graceMs ?? 5_000);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    for (const detach of this.#detachers) detach();
    this.#detachers.clear();
    await Promise.all([this.#manager.handOver?.(), this.#upgrades.drain(graceMs)]);
    this.#telemetry?.dispose();
  }

  async #answer(mountPath: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = fromIncomingMessage(incoming);
    const path = request === null ? null : parseRoomPath(mountPath, request.url.pathname);
    if (request === null || path === null) {
      response.writeHead(400).end();
      return;
    }
    const left = new AbortController();
    response.once('close', () => left.abort(new Error('The client left.')));
    const input = { body: bodyOfIncoming(incoming), signal: left.signal };
    writeResponse(incoming, response, await this.#rest.answer(request, { mountPath, path }, input));
  }
}

function telemetryOf(
  manager: RoomsPort,
  options: ServeRoomsOptions['telemetry'],
  sockets: SocketSources,
): RoomTelemetry | null {
  if (options === false || !manager.on || !manager.metrics) return null;
  return new RoomTelemetry(options ?? {}, manager as ObservedRooms, sockets);
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof ServeRoomsOptions>([
  'authenticate',
  'allowUnauthenticated',
  'authorize',
  'allowedOrigins',
  'path',
  'guestTranscripts',
  'limits',
  'logger',
  'telemetry',
  'clock',
]);

function checkOptions(options: ServeRoomsOptions): void {
  const { authenticate, authorize, allowUnauthenticated = false } = options;
  for (const name of Object.keys(options)) {
    // A misspelt allowedOrigins would otherwise pass for the default.
    if (!OPTION_NAMES.has(name)) fail(`${name} is not an option; options are ${[...OPTION_NAMES].join(', ')}`);
  }
  if (authenticate === undefined && allowUnauthenticated !== true) {
    fail('authenticate is missing; without it anybody could use your model at your cost');
  }
  if (authenticate !== undefined && allowUnauthenticated) {
    fail('authenticate and allowUnauthenticated exclude each other; leave one out');
  }
  for (const [name, hook] of Object.entries({ authenticate, authorize })) {
    if (hook !== undefined && typeof hook !== 'function') fail(`${name} must be a function, not ${typeof hook}`);
  }
}

function fail(what: string): never {
  throw new TypeError(`serveRooms: ${what}.`);
}

/** Only the path is looked at, so that foreign requests cost nothing. */
function isBelow(mountPath: string, request: IncomingMessage): boolean {
  const pathname = (request.url ?? '').replace(/^\/+/, '/').split(/[?#]/, 1)[0] ?? '';
  return parseRoomPath(mountPath, pathname) !== null;
}
