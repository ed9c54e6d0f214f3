import {
  type MediaFrame,
  type RoomClientMessage,
  type RoomServerMessage,
  serializeMediaFrame,
} from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { RoomLease, RoomNode } from '../ports/room-node.ts';
import { randomId } from '../random-id.ts';
import type { ConnectingClient, RoomConnection } from '../room-connection.ts';
import { FrameCount } from './frame-count.ts';
import { decodeText, type EdgeSays, encodeFrame, type OwnerSays } from './node-frame.ts';
import type { RoomHost } from './room-host.ts';

/** What a {@link RemoteHost} is made of. */
export interface RemoteHostOptions {
  readonly node: RoomNode;
  readonly clock: Clock;
  /** Of the node that runs the room. */
  readonly lease: RoomLease;
  /** The link is gone: every connection that it had has to join again. Called once, also when it never came about. */
  readonly onLost: () => void;
}

interface Seat {
  readonly port: ConnectionPort;
  readonly joined: (index: number) => void;
  readonly refused: (error: RoomCoreError) => void;
}

/** How often an edge tells that it is there, milliseconds; the owner answers. */
const BEAT_MS = 1_000;
/** Without an answer for so long the owner is taken for gone, milliseconds. */
const SILENCE_MS = 3_000;

/** The owner of a room on another node, as an edge sees it. */
export class RemoteHost implements RoomHost {
  /** Frames of other links are not for this one. */
  readonly link: string = randomId();
  readonly lease: RoomLease;
  readonly #options: RemoteHostOptions;
  readonly #count = new FrameCount();
  readonly #seats = new Map<string, Seat>();
  readonly #opened: Promise<boolean>;
  #setOpened: (isOpen: boolean) => void = () => {};
  #heardAt: number;
  #beat: Timer | null = null;
  #isOver = false;

  constructor(options: RemoteHostOptions) {
    this.#options = options;
    this.lease = options.lease;
    this.#heardAt = options.clock.monotonic();
    this.#opened = new Promise((resolve) => {
      this.#setOpened = resolve;
    });
  }

  /** Turns to the owner. @returns whether it answers within `ms`. */
  async open(ms: number): Promise<boolean> {
    this.#say({ t: 'open' });
    const timer = this.#options.clock.setTimer(ms, () => this.#lose());
    const isOpen = await this.#opened;
    timer.cancel();
    if (isOpen && !this.#isOver) this.#scheduleBeat();
    return isOpen && !this.#isOver;
  }

  async join(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<RoomConnection> {
    const c = port.connectionId;
    if (this.#isOver) throw gone();
    const index = await new Promise<number>((resolve, reject) => {
      const seat: Seat = { port, joined: resolve, refused: reject };
      this.#seats.set(c, seat);
      signal?.addEventListener('abort', () => this.#leave(c, seat), { once: true });
      this.#say({ t: 'join', c, client });
    });
    const seat = this.#seats.get(c);
    return {
      roomId: this.lease.roomId,
      connectionId: c,
      participantId: client.identity.participantId,
      index,
      receive: (message: RoomClientMessage) => this.#say({ t: 'said', c, message }),
      receiveMedia: (frame: MediaFrame) => this.#send({ t: 'media', c }, 0, serializeMediaFrame(frame)),
      disconnected: () => {
        if (seat) this.#leave(c, seat);
      },
    };
  }

  /** Takes what the owner sends on this link. */
  take(n: number, says: OwnerSays, payload: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    if (says.t === 'over' || !this.#count.take(n)) {
      this.#lose();
      return;
    }
    this.#heardAt = this.#options.clock.monotonic();
    this.#act(says, payload);
  }

  /** This edge needs the owner no more. */
  close(): void {
    if (this.#isOver) return;
    this.#say({ t: 'end' });
    this.#end();
  }

  #act(says: Exclude<OwnerSays, { readonly t: 'over' }>, payload: Uint8Array<ArrayBuffer>): void {
    switch (says.t) {
      case 'opened':
        this.#setOpened(true);
        return;
      case 'joined':
        this.#seats.get(says.c)?.joined(says.index);
        return;
      case 'refused':
        this.#seats.get(says.c)?.refused(new RoomCoreError(says.code, says.message));
        this.#seats.delete(says.c);
        return;
      case 'send': {
        const encoded = decodeText(payload);
        const message = JSON.parse(encoded) as RoomServerMessage;
        for (const c of says.to) this.#seats.get(c)?.port.send(message, encoded);
        return;
      }
      case 'media':
        for (const c of says.to) this.#seats.get(c)?.port.sendMedia(payload);
        return;
      case 'close': {
        const seat = this.#seats.get(says.c);
        this.#seats.delete(says.c);
        seat?.port.close(says.code, says.reason);
        return;
      }
      case 'beat':
        return;
      default:
        says satisfies never;
    }
  }

  #leave(c: string, seat: Seat): void {
    // A newer one of the same name is another connection.
    if (this.#isOver || this.#seats.get(c) !== seat) return;
    this.#seats.delete(c);
    this.#say({ t: 'gone', c });
    seat.refused(gone());
  }

  #say(says: EdgeSays): void {
    if (!this.#isOver && !this.#send(says, this.#count.next())) this.#lose();
  }

  #send(says: EdgeSays, n: number, payload?: Uint8Array): boolean {
    const { node } = this.#options;
    const { nodeId, roomId: room } = this.lease;
    const frame = { room, from: node.nodeId, link: this.link, n, for: 'owner' as const, says };
    return node.send(nodeId, encodeFrame(frame, payload), { mayBeLost: n === 0 });
  }

  #scheduleBeat(): void {
    const { clock } = this.#options;
    this.#beat = clock.setTimer(BEAT_MS, () => {
      if (clock.monotonic() - this.#heardAt >= SILENCE_MS) this.#lose();
      else this.#say({ t: 'beat' });
      if (!this.#isOver) this.#scheduleBeat();
    });
  }

  #lose(): void {
    if (this.#isOver) return;
    this.#end();
    this.#options.onLost();
  }

  #end(): void {
    this.#isOver = true;
    this.#beat?.cancel();
    this.#setOpened(false);
    for (const seat of this.#seats.values()) seat.refused(gone());
    this.#seats.clear();
  }
}

function gone(): RoomCoreError {
  return new RoomCoreError('ERR_SHUT_DOWN', 'The server that ran the room is gone; another one takes over.');
}
