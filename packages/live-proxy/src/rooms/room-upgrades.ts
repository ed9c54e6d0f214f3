import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  ROOM_SUBPROTOCOL,
  RoomCloseCode,
  type RoomServerMessage,
  TICKET_SUBPROTOCOL_PREFIX,
  toCloseReason,
} from '@colloquy/live-protocol';
import type { Clock, RoomIdentity, RoomManager, Timer } from '@colloquy/room-core';
import { type ClientRequest, fromIncomingMessage } from '../client-request.ts';
import { refuseUpgrade } from '../http/refuse-upgrade.ts';
import type { Logger } from '../logger.ts';
import type { OriginCheck } from '../same-origin.ts';
import type { SocketPort } from '../socket-port.ts';
import { WireAcceptor } from '../wire/wire-acceptor.ts';
import type { Access } from './access.ts';
import { GuestPeer } from './guest/guest-peer.ts';
import { JoinRate } from './join-rate.ts';
import type { RoomServerLimits } from './limits.ts';
import { toRefusal } from './refusals.ts';
import { parseRoomPath } from './room-paths.ts';
import { RoomPeer } from './room-peer.ts';
import { SharedBytes } from './shared-bytes.ts';

/** What {@link RoomUpgrades} is made of. */
export interface RoomUpgradesOptions {
  readonly manager: Pick<RoomManager, 'connect' | 'limits'> & Partial<Pick<RoomManager, 'whenQuiet'>>;
  readonly access: Access;
  readonly isAllowedOrigin: OriginCheck;
  /** Nobody has said how many may join from one address. */
  readonly countsPublicOnly: boolean;
  readonly limits: RoomServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whose words Gemini clients are told as transcripts. */
  readonly guestTranscripts: 'own' | 'everybody';
  /** The server ended a connection, or refused it. */
  readonly onClose: (code: number) => void;
}

/** A room socket that may be opened, if the person may join. */
interface WantedRoom {
  readonly request: ClientRequest;
  readonly roomId: string;
  /** Whose dialect is spoken; `null` for the room wire. */
  readonly gemini: 'gemini' | 'vertex' | null;
}

/** A client in a room, on whichever wire. */
interface Peer {
  readonly roomId: string;
  start(): void;
  tell(message: RoomServerMessage): void;
  close(code: number, reason: string): void;
  readonly bufferedBytes: number;
  terminate(): void;
  check(): void;
}

interface HttpRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** How often connections are looked after; pings and stuck sockets are found this much later at most. */
const CHECK_INTERVAL_MS = 5_000;

/** Longest wait for the other half of a closing handshake: whoever was sent away may not hold a socket for long. */
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Takes upgrades and keeps the peers they become.
 *
 * A browser tells its page nothing of a refused upgrade, so clients would try for ever. Hence only a foreign origin and
 * what is no room socket at all are refused with HTTP; everything else is accepted and closed with a code and a reason.
 */
export class RoomUpgrades {
  readonly #options: RoomUpgradesOptions;
  readonly #acceptor: WireAcceptor;
  readonly #bytes = new SharedBytes();
  readonly #joinRate: JoinRate;
  readonly #guestAcceptor: WireAcceptor;
  readonly #peers = new Set<Peer>();
  /** Sockets that were refused and have not closed yet. */
  readonly #turnedAway = new Set<SocketPort>();
  #checks: Timer | null = null;
  #draining: (() => void) | null = null;
  #isDraining = false;

  constructor(options: RoomUpgradesOptions) {
    this.#options = options;
    this.#joinRate = new JoinRate(options.limits.joinsPerMinutePerAddress, { publicOnly: options.countsPublicOnly });
    const { maxMessageBytes } = options.manager.limits;
    this.#acceptor = new WireAcceptor({
      maxMessageBytes,
      chooseSubprotocol: () => ROOM_SUBPROTOCOL,
      // 1009 would be retried; our code says never.
      tooLarge: {
        code: RoomCloseCode.tooLarge,
        reason: `A message is larger than ${maxMessageBytes} bytes; send less at once.`,
      },
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
    });
    this.#guestAcceptor = new WireAcceptor({
      maxMessageBytes,
      // A browser fails the connection unless one of its subprotocols comes back; a ticket must not.
      chooseSubprotocol: (offered) => [...offered].find((name) => !name.startsWith(TICKET_SUBPROTOCOL_PREFIX)) ?? false,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
    });
  }

  /** Takes an upgrade whose path is below `mountPath`. */
  handle(mountPath: string, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const wanted = this.#wantedBy(mountPath, incoming);
    if ('status' in wanted) {
      refuseUpgrade(socket, wanted.status, { code: wanted.code, message: wanted.message });
      return;
    }
    const { gemini, request, roomId } = wanted;
    // The socket is not read yet, but it can break at any time, and then nobody else listens.
    const left = new AbortController();
    const abort = () => left.abort(new Error('The client left.'));
    socket.on('error', abort).on('close', abort);
    const accept = (accepted: (socket: SocketPort) => void) => {
      socket.off('error', abort).off('close', abort);
      const acceptor = gemini === null ? this.#acceptor : this.#guestAcceptor;
      acceptor.accept(incoming, socket, head, accepted);
    };
    if (!this.#joinRate.admits(request.remoteAddress, this.#options.clock.monotonic())) {
      const reason = 'Too many joins from your address; try again in a minute.';
      accept((accepted) => this.#turnAway(accepted, RoomCloseCode.tooFast, reason));
      return;
    }
    this.#options.access.admit(request, { type: 'join', roomId }, left.signal).then(
      (identity) => accept((accepted) => this.#join(accepted, wanted, identity)),
      (error: unknown) => accept((accepted) => this.#refuse(accepted, error)),
    );
  }

  /**
   * Says goodbye to everybody: who is told when to come back has `graceMs` for leaving, then the rest is closed. New
   * upgrades are closed at once with a code that is retried.
   */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const { clock, manager } = this.#options;
    for (const peer of this.#peers) {
      // Spread over half of the time, so that the next server does not get all of them in one moment; an answer of the model
      // has the other half to come to its end.
      const goAway = () => peer.tell({ type: 'goaway', inMs: Math.round((Math.random() * graceMs) / 2) });
      if (manager.whenQuiet) manager.whenQuiet(peer.roomId, graceMs / 2, goAway);
      else goAway();
    }
    const closeAll = () => {
      for (const peer of this.#peers) peer.close(RoomCloseCode.draining, 'The server restarts; connect again.');
    };
    const gone = new Promise<void>((resolve) => {
      this.#draining = resolve;
      if (this.#isEmpty()) resolve();
    });
    const closing = graceMs > 0 ? clock.setTimer(graceMs, closeAll) : null;
    if (closing === null) closeAll();
    const ending = clock.setTimer(graceMs + 1_000, () => {
      for (const peer of this.#peers) peer.terminate();
      for (const socket of this.#turnedAway) socket.terminate();
    });
    await gone;
    closing?.cancel();
    ending.cancel();
    this.#checks?.cancel();
  }

  /** Bytes that wait in the sockets of those who are served. */
  get bufferedBytes(): number {
    let sum = 0;
    for (const { bufferedBytes } of this.#peers) sum += bufferedBytes;
    return sum;
  }

  #wantedBy(mountPath: string, incoming: IncomingMessage): WantedRoom | HttpRefusal {
    const request = fromIncomingMessage(incoming);
    const path = request === null ? null : parseRoomPath(mountPath, request.url.pathname);
    if (request === null || (path?.type !== 'room' && path?.type !== 'live')) {
      const message = 'No WebSocket is served at this path; join a room at its own path.';
      return { status: 404, code: 'ERR_NO_SUCH_PATH', message };
    }
    const origin = request.headers.get('origin');
    if (!this.#options.isAllowedOrigin(request)) {
      const message = `Pages of ${origin} may not join rooms here; add the origin to allowedOrigins.`;
      return { status: 403, code: 'ERR_ORIGIN_NOT_ALLOWED', message };
    }
    if (path.type === 'live') return { request: withKeyAsTicket(request), roomId: path.roomId, gemini: path.backend };
    if (!request.subprotocols.includes(ROOM_SUBPROTOCOL)) {
      return { status: 400, code: 'ERR_SUBPROTOCOL', message: `Offer the subprotocol ${ROOM_SUBPROTOCOL}.` };
    }
    return { request, roomId: path.roomId, gemini: null };
  }

  #join(socket: SocketPort, { gemini, roomId }: WantedRoom, identity: RoomIdentity): void {
    if (this.#isDraining) {
      this.#turnAway(socket, RoomCloseCode.draining, 'The server restarts; connect again.');
      return;
    }
    const { manager, access, guestTranscripts, limits, clock, logger } = this.#options;
    const parts = {
      ...{ socket, roomId, manager, limits, clock, logger },
      identify: (clientId: string) => access.identityOf(identity, clientId),
      onClosed: (closed: Peer) => this.#closed(closed),
      onClose: this.#options.onClose,
    };
    const peer =
      gemini === null
        ? new RoomPeer({ ...parts, bytes: this.#bytes })
        : new GuestPeer({ ...parts, backend: gemini, transcripts: guestTranscripts });
    this.#peers.add(peer);
    this.#checks ??= this.#checkLater();
    peer.start();
  }

  #refuse(socket: SocketPort, error: unknown): void {
    const { closeCode, message, internal } = toRefusal(error);
    if (internal) this.#options.logger.error?.('a client could not be admitted', { error });
    this.#turnAway(socket, closeCode, message);
  }

  #closed(peer: Peer): void {
    this.#peers.delete(peer);
    if (this.#peers.size > 0) return;
    this.#checks?.cancel();
    this.#checks = null;
    if (this.#isEmpty()) this.#draining?.();
  }

  #turnAway(socket: SocketPort, code: number, reason: string): void {
    this.#turnedAway.add(socket);
    socket.listen({
      message: () => {},
      close: () => {
        this.#turnedAway.delete(socket);
        if (this.#isEmpty()) this.#draining?.();
      },
    });
    this.#options.onClose(code);
    socket.close(code, toCloseReason(reason));
  }

  #isEmpty(): boolean {
    return this.#peers.size === 0 && this.#turnedAway.size === 0;
  }

  #checkLater(): Timer {
    return this.#options.clock.setTimer(CHECK_INTERVAL_MS, () => {
      for (const peer of this.#peers) peer.check();
      this.#checks = this.#peers.size > 0 ? this.#checkLater() : null;
    });
  }
}

/** Google's SDK can give a ticket as its API key only: as `key=` in the address, or as a header. */
function withKeyAsTicket(request: ClientRequest): ClientRequest {
  const key = request.url.searchParams.get('key') ?? request.headers.get('x-goog-api-key');
  return { ...request, ticket: request.ticket ?? key };
}
