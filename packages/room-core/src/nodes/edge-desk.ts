import { parseMediaFrame, type RoomServerMessage } from '@colloquy/live-protocol';
import { isRoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { RoomNode } from '../ports/room-node.ts';
import type { RoomConnection } from '../room-connection.ts';
import { EdgeBatch } from './edge-batch.ts';
import { FrameCount } from './frame-count.ts';
import { type EdgeSays, encodeFrame, type OwnerSays } from './node-frame.ts';
import type { RoomHost } from './room-host.ts';

/** What an {@link EdgeDesk} is made of. */
export interface EdgeDeskOptions {
  readonly node: RoomNode;
  readonly clock: Clock;
  readonly roomId: string;
  readonly host: RoomHost;
  readonly onError: (error: unknown) => void;
}

/** An edge that has people in the room. */
interface Edge {
  readonly nodeId: string;
  readonly link: string;
  readonly count: FrameCount;
  readonly seats: Map<string, EdgeSeat>;
  readonly batch: EdgeBatch;
  heardAt: number;
}

interface EdgeSeat {
  /** `null` while it is being let in. */
  connection: RoomConnection | null;
  readonly gone: AbortController;
}

/** An edge that says nothing for so long is dead, and its people are away, milliseconds. */
const EDGE_SILENCE_MS = 8_000;
const CHECK_MS = 1_000;

/** The people of a room who are connected to other nodes, at the owner. */
export class EdgeDesk {
  readonly #options: EdgeDeskOptions;
  readonly #edges = new Map<string, Edge>();
  #check: Timer | null = null;
  #isClosed = false;

  constructor(options: EdgeDeskOptions) {
    this.#options = options;
    this.#scheduleCheck();
  }

  /** Takes what an edge sends. @returns whether the link goes on. */
  take(from: string, link: string, n: number, says: EdgeSays, payload: Uint8Array): boolean {
    if (says.t === 'open') this.#open(from, link);
    const edge = this.#edges.get(link);
    if (!edge) return false;
    if (!edge.count.take(n)) {
      this.#drop(edge);
      return false;
    }
    edge.heardAt = this.#options.clock.monotonic();
    this.#act(edge, says, payload);
    return true;
  }

  /** Tells every edge that somebody else runs the room from now on. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#check?.cancel();
    for (const edge of this.#edges.values()) {
      edge.batch.flush();
      this.#say(edge, { t: 'over' });
      edge.batch.dispose();
      for (const { gone } of edge.seats.values()) gone.abort();
    }
    this.#edges.clear();
  }

  #open(nodeId: string, link: string): void {
    // A link of before that this edge has given up.
    for (const edge of this.#edges.values()) if (edge.nodeId === nodeId) this.#drop(edge);
    const edge: Edge = {
      ...{ nodeId, link, count: new FrameCount(), seats: new Map() },
      heardAt: this.#options.clock.monotonic(),
      batch: new EdgeBatch((what, to, bytes) => this.#say(edge, { t: what, to }, bytes)),
    };
    this.#edges.set(link, edge);
  }

  #act(edge: Edge, says: EdgeSays, payload: Uint8Array): void {
    switch (says.t) {
      case 'open':
        this.#say(edge, { t: 'opened' });
        return;
      case 'join':
        this.#join(edge, says).catch(this.#options.onError);
        return;
      case 'said':
        edge.seats.get(says.c)?.connection?.receive(says.message);
        return;
      case 'media':
        edge.seats.get(says.c)?.connection?.receiveMedia(parseMediaFrame(payload));
        return;
      case 'gone':
        this.#forget(edge, says.c);
        return;
      case 'beat':
        this.#say(edge, { t: 'beat' });
        return;
      case 'end':
        this.#drop(edge);
        return;
      default:
        says satisfies never;
    }
  }

  async #join(edge: Edge, { c, client }: Extract<EdgeSays, { readonly t: 'join' }>): Promise<void> {
    const gone = new AbortController();
    const seat: EdgeSeat = { connection: null, gone };
    edge.seats.set(c, seat);
    try {
      const connection = await this.#options.host.join(client, this.#port(edge, c), gone.signal);
      if (gone.signal.aborted) {
        connection.disconnected();
        return;
      }
      seat.connection = connection;
      edge.batch.flush();
      this.#say(edge, { t: 'joined', c, index: connection.index });
    } catch (error) {
      if (edge.seats.get(c) === seat) edge.seats.delete(c);
      if (gone.signal.aborted) return;
      edge.batch.flush();
      const known = isRoomCoreError(error);
      if (!known) this.#options.onError(error);
      const refused = known
        ? error
        : { code: 'ERR_STORE_UNAVAILABLE' as const, message: 'The server failed; try again.' };
      this.#say(edge, { t: 'refused', c, code: refused.code, message: refused.message });
    }
  }

  #port(edge: Edge, c: string): ConnectionPort {
    return {
      connectionId: c,
      send: (message: RoomServerMessage, encoded: string) => edge.batch.send(c, message, encoded),
      sendMedia: (frame) => {
        edge.batch.media(c, frame);
        return true;
      },
      close: (code, reason) => {
        edge.batch.flush();
        edge.seats.delete(c);
        this.#say(edge, { t: 'close', c, code, reason });
      },
    };
  }

  #forget(edge: Edge, c: string): void {
    const seat = edge.seats.get(c);
    edge.seats.delete(c);
    seat?.gone.abort();
    seat?.connection?.disconnected();
  }

  #drop(edge: Edge): void {
    this.#edges.delete(edge.link);
    edge.batch.dispose();
    for (const c of [...edge.seats.keys()]) this.#forget(edge, c);
  }

  #say(edge: Edge, says: OwnerSays, payload?: Uint8Array): void {
    const { node, roomId: room } = this.#options;
    const mayBeLost = says.t === 'media';
    const n = mayBeLost || says.t === 'over' ? 0 : edge.count.next();
    const frame = { room, from: node.nodeId, link: edge.link, n, for: 'edge' as const, says };
    // An edge that misses a number turns to the owner anew.
    node.send(edge.nodeId, encodeFrame(frame, payload), { mayBeLost });
  }

  #scheduleCheck(): void {
    const { clock } = this.#options;
    this.#check = clock.setTimer(CHECK_MS, () => {
      const now = clock.monotonic();
      for (const edge of [...this.#edges.values()]) if (now - edge.heardAt >= EDGE_SILENCE_MS) this.#drop(edge);
      if (!this.#isClosed) this.#scheduleCheck();
    });
  }
}

/** What is sent to an edge that is not known. */
export function overFrame(node: RoomNode, room: string, link: string): Uint8Array {
  return encodeFrame({ room, from: node.nodeId, link, n: 0, for: 'edge', says: { t: 'over' } });
}
