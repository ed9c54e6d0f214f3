import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Clock,
  isRoomCoreError,
  type RoomIdentity,
  type RoomManager,
  systemClock,
  type Timer,
} from '@colloquy/room-core';
import type { Authenticate } from '../authentication.ts';
import { type ClientRequest, fromIncomingMessage } from '../client-request.ts';
import { bodyOfIncoming, writeResponse } from '../http/node-http.ts';
import { refuseUpgrade } from '../http/refuse-upgrade.ts';
import { mountOnServer } from '../http/server-mount.ts';
import type { AttachableServer } from '../http/server-upgrades.ts';
import type { Logger } from '../logger.ts';
import { checkMountPath } from '../mount-path.ts';
import { Access, type Authorize, authorizeByRole } from '../rooms/access.ts';
import { GuestPeer } from '../rooms/guest/guest-peer.ts';
import { type RoomServerLimits, resolveLimits } from '../rooms/limits.ts';
import { toRefusal } from '../rooms/refusals.ts';
import { createOriginCheck, type OriginCheck } from '../same-origin.ts';
import type { SocketPort } from '../socket-port.ts';
import { WireAcceptor } from '../wire/wire-acceptor.ts';
import { LegacyConnection } from './legacy-connection.ts';
import { DEFAULT_SESSION } from './legacy-frames.ts';
import { LegacyRest, parseLegacyPath } from './legacy-rest.ts';

/** Rooms that are served: a `RoomManager`, or something that behaves like one. */
export type LegacyRoomsPort = Pick<RoomManager, 'close' | 'connect' | 'create' | 'get' | 'limits' | 'list'>;

/** Options of {@link serveLegacy}. */
export interface ServeLegacyOptions {
  /** Says who asks, from a cookie or a header: this front end sends no credential of its own. */
  readonly authenticate?: Authenticate<RoomIdentity>;
  /** Without `authenticate`: everybody is a guest. For trying things out on one machine only. @defaultValue `false` */
  readonly allowUnauthenticated?: boolean;
  /** Says whether they may. @defaultValue {@link authorizeByRole} */
  readonly authorize?: Authorize;
  /** Origins whose pages may connect. @defaultValue pages of the same host and port as the request's `Host` header */
  readonly allowedOrigins?: readonly string[];
  /**
   * Whether that front end's *Leave* closes the room for everybody, as the original server did, if they may close it.
   * @defaultValue `false`: it is answered as if, and the room stays
   */
  readonly leaveClosesRoom?: boolean;
  readonly limits?: Partial<RoomServerLimits>;
  readonly logger?: Logger;
  /** @defaultValue the machine's time */
  readonly clock?: Clock;
}

/** The original studio's wire in front of rooms. */
export interface LegacyServer {
  /**
   * Serves the original paths below `path`: `/rooms`, `/room…`, and WebSockets at `/` and `/ws`.
   * @returns The undo.
   */
  attach(server: AttachableServer, options?: { readonly path?: string }): () => void;
  /** Closes what is open with a code that is retried, and resolves when all sockets are gone. Idempotent. */
  close(): Promise<void>;
}

const CHECK_INTERVAL_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
/** Sound comes as base64 in pieces of 11 kB; pictures are larger. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * Lets the original studio's web client, unmodified, into rooms. Addresses and tokens that it sends are ignored; the model,
 * its instructions and its tools are the room's.
 *
 * @throws TypeError without both `authenticate` and `allowUnauthenticated`, and for options that cannot be.
 *
 * @example
 * ```ts
 * serveLegacy(rooms, { authenticate }).attach(server, { path: '/legacy' });
 * ```
 */
export function serveLegacy(manager: LegacyRoomsPort, options: ServeLegacyOptions): LegacyServer {
  if (options.authenticate === undefined && options.allowUnauthenticated !== true) {
    throw new TypeError(
      'serveLegacy: authenticate is missing; without it anybody could use your model at your cost. ' +
        'To try things out on this machine, set allowUnauthenticated.',
    );
  }
  return new LegacyHttpServer(manager, options);
}

class LegacyHttpServer implements LegacyServer {
  readonly #manager: LegacyRoomsPort;
  readonly #access: Access;
  readonly #isAllowedOrigin: OriginCheck;
  readonly #rest: LegacyRest;
  readonly #limits: RoomServerLimits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #acceptor = new WireAcceptor({
    maxMessageBytes: MAX_MESSAGE_BYTES,
    chooseSubprotocol: () => false,
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
  });
  readonly #connections = new Set<LegacyConnection>();
  readonly #peers = new Set<GuestPeer>();
  readonly #detachers = new Set<() => void>();
  #checks: Timer | null = null;
  #closing: Promise<void> | null = null;
  #emptied: (() => void) | null = null;

  constructor(manager: LegacyRoomsPort, options: ServeLegacyOptions) {
    this.#manager = manager;
    this.#limits = resolveLimits(options.limits);
    this.#clock = options.clock ?? systemClock();
    this.#logger = options.logger ?? {};
    this.#isAllowedOrigin = createOriginCheck(options.allowedOrigins);
    this.#access = new Access({
      authenticate: options.authenticate ?? null,
      authorize: options.authorize ?? authorizeByRole,
      timeoutMs: this.#limits.authenticationTimeoutMs,
    });
    this.#rest = new LegacyRest({
      manager,
      access: this.#access,
      isAllowedOrigin: this.#isAllowedOrigin,
      leaveClosesRoom: options.leaveClosesRoom ?? false,
      clock: this.#clock,
      logger: this.#logger,
    });
  }

  attach(server: AttachableServer, options: { readonly path?: string } = {}): () => void {
    const mount = checkMountPath(options.path ?? '/');
    const detach = mountOnServer(server, {
      // The base address itself is ours for sockets only: a page may be served there.
      owns: (request) =>
        request.headers.upgrade === undefined
          ? parseLegacyPath(mount, pathOf(request)) !== null
          : isSocketPath(mount, pathOf(request)),
      handleRequest: (request, response) => void this.#answer(mount, request, response),
      handleUpgrade: (request, socket, head) => this.#upgrade(mount, request, socket, head),
    });
    this.#detachers.add(detach);
    return () => {
      this.#detachers.delete(detach);
      detach();
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const detach of this.#detachers) detach();
    this.#detachers.clear();
    const gone = new Promise<void>((resolve) => {
      this.#emptied = resolve;
      if (this.#connections.size === 0) resolve();
    });
    for (const connection of this.#connections) connection.close(4503, 'The server restarts; connect again.');
    // What was held after a refusal has nothing to wait for, and neither has a client that does not answer.
    const ending = this.#clock.setTimer(1_000, () => {
      for (const connection of this.#connections) connection.terminate();
    });
    await gone;
    ending.cancel();
    this.#checks?.cancel();
  }

  async #answer(mount: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = fromIncomingMessage(incoming);
    const path = request === null ? null : parseLegacyPath(mount, request.url.pathname);
    if (request === null || path === null) {
      response.writeHead(400).end();
      return;
    }
    const left = new AbortController();
    response.once('close', () => left.abort(new Error('The client left.')));
    const answer = await this.#rest.answer(request, path, bodyOfIncoming(incoming), left.signal);
    writeResponse(incoming, response, answer);
  }

  #upgrade(mount: string, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const request = fromIncomingMessage(incoming);
    if (request === null || !isSocketPath(mount, request.url.pathname) || !this.#isAllowedOrigin(request)) {
      const status = request !== null && isSocketPath(mount, request.url.pathname) ? 403 : 404;
      refuseUpgrade(socket, status, { code: 'ERR_NOT_ALLOWED', message: 'This page may not connect here.' });
      return;
    }
    const left = new AbortController();
    const abort = () => left.abort(new Error('The client left.'));
    socket.on('error', abort).on('close', abort);
    // Who is not known is refused before the upgrade: only then that front end stops trying.
    this.#access.admit(request, { type: 'list' }, left.signal).then(
      () => {
        socket.off('error', abort).off('close', abort);
        this.#acceptor.accept(incoming, socket, head, (accepted) => this.#open(accepted, request));
      },
      (error: unknown) => {
        const { code, message, status } = toRefusal(error);
        refuseUpgrade(socket, status, { code, message });
      },
    );
  }

  #open(socket: SocketPort, request: ClientRequest): void {
    const connection: LegacyConnection = new LegacyConnection({
      socket,
      clock: this.#clock,
      firstMessageTimeoutMs: this.#limits.helloTimeoutMs,
      join: (sessionId, inside) => this.#join(sessionId, inside, request),
      explain: (error) => toRefusal(error).message,
      onIgnored: (what) => this.#logger.debug?.('a legacy client said what rooms do not take', { what }),
      onClosed: () => this.#closed(connection),
    });
    this.#connections.add(connection);
    connection.start();
    if (this.#closing !== null) connection.close(4503, 'The server restarts; connect again.');
  }

  async #join(sessionId: string, socket: SocketPort, request: ClientRequest): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    const roomId = sessionId === DEFAULT_SESSION ? await this.#defaultRoom(request, signal) : sessionId;
    const identity = await this.#access.admit(request, { type: 'join', roomId }, signal);
    const peer = new GuestPeer({
      ...{ socket, roomId, manager: this.#manager, limits: this.#limits, clock: this.#clock, logger: this.#logger },
      backend: 'gemini',
      transcripts: 'everybody',
      // The only form in which that front end shows what somebody else wrote.
      asBubbles: true,
      identify: (clientId) => this.#access.identityOf(identity, clientId),
      onClosed: (closed) => void this.#peers.delete(closed),
    });
    this.#peers.add(peer);
    this.#checks ??= this.#checkLater();
    peer.start();
  }

  /** The room of those who name none; the first visit of somebody who may create rooms creates it. */
  async #defaultRoom(request: ClientRequest, signal: AbortSignal): Promise<string> {
    try {
      await this.#manager.get(DEFAULT_SESSION);
    } catch (error) {
      if (!isRoomCoreError(error) || error.code !== 'ERR_ROOM_NOT_FOUND') throw error;
      await this.#access.admit(request, { type: 'create' }, signal);
      await this.#manager.create({ id: DEFAULT_SESSION, name: 'Default' }).catch((failure: unknown) => {
        // Somebody else's first visit was faster.
        if (!isRoomCoreError(failure) || failure.code !== 'ERR_ROOM_EXISTS') throw failure;
      });
    }
    return DEFAULT_SESSION;
  }

  #closed(connection: LegacyConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    this.#checks?.cancel();
    this.#checks = null;
    this.#emptied?.();
  }

  #checkLater(): Timer {
    return this.#clock.setTimer(CHECK_INTERVAL_MS, () => {
      for (const peer of this.#peers) peer.check();
      this.#checks = this.#connections.size > 0 ? this.#checkLater() : null;
    });
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/^\/+/, '/').split(/[?#]/, 1)[0] ?? '';
}

/** The original front end connects to the base address itself, or to `/ws` below it. */
function isSocketPath(mount: string, pathname: string): boolean {
  if (pathname !== mount && !pathname.startsWith(`${mount}/`)) return false;
  return /^\/?(ws\/?)?$/.test(pathname.slice(mount.length));
}
