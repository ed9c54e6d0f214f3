import { RoomCloseCode, type RoomInfo } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { readNewest } from '../log/read-newest.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import { openOnce } from '../open-once.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { RoomNode } from '../ports/room-node.ts';
import type { KeptPerson } from '../presence/roster.ts';
import type { ConnectingClient, RoomConnection } from '../room-connection.ts';
import type { RoomErrorStage } from '../room-events.ts';
import type { RoomSettings } from '../settings.ts';
import { atMost } from '../within.ts';
import { EdgeDesk, overFrame } from './edge-desk.ts';
import { EdgeRoom } from './edge-room.ts';
import { endOpenCalls } from './end-open-calls.ts';
import { endLostRecording, type KeptMedia } from './kept-media.ts';
import { KeptState } from './kept-state.ts';
import { KeptValue } from './kept-value.ts';
import { type HeldLease, LeaseKeeper } from './lease-keeper.ts';
import { decodeFrame } from './node-frame.ts';
import type { LocalHost, NodeTenure } from './node-tenure.ts';
import { OwnerSearch } from './owner-search.ts';
import type { RemoteHost } from './remote-host.ts';
import type { RoomHost } from './room-host.ts';
import { writeHalfSaid } from './write-half-said.ts';

/** What {@link NodeRooms} are made of. */
export interface NodeRoomsOptions {
  readonly node: RoomNode;
  readonly engine: RoomEngine;
  readonly clock: Clock;
  readonly settings: RoomSettings;
  /** Whether rooms have a model. */
  readonly hasModel: boolean;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_CLOSED` */
  readonly openInfo: (roomId: string) => Promise<RoomInfo>;
  /** Runs a room here. @throws RoomCoreError */
  readonly run: (roomId: string, tenure: NodeTenure) => Promise<LocalHost>;
  readonly onError: (room: RoomInfo | null, stage: RoomErrorStage, error: unknown) => void;
  readonly onMeasured: (room: RoomInfo, measurement: RoomMeasurement) => void;
}

/** A room of which this node has people, or which it runs. */
interface Place {
  readonly info: RoomInfo;
  readonly edge: EdgeRoom;
  readonly search: OwnerSearch;
  local: LocalTenure | null;
}

/** As long as this node runs it. */
interface LocalTenure extends Kept {
  readonly held: HeldLease;
  readonly host: LocalHost;
  readonly desk: EdgeDesk;
}

/** What is kept for the node that runs it next. */
interface Kept {
  readonly people: KeptState<readonly KeptPerson[]>;
  readonly media: KeptState<KeptMedia>;
  readonly session: KeptValue;
  readonly usage: KeptValue;
}

/** How long closing waits for rooms that are being opened, milliseconds. */
const CLOSE_PLACES_MS = 1_000;
/** What the owner before left unfinished is within so many of the last entries. */
const LOOKED_THROUGH = 200;

/** The rooms of one node among several: whoever is connected here, and what runs here. */
export class NodeRooms {
  readonly #options: NodeRoomsOptions;
  readonly #keeper: LeaseKeeper;
  readonly #places = new Map<string, Promise<Place>>();
  readonly #open = new Map<string, Place>();
  readonly #links = new Map<string, RemoteHost>();
  readonly #stopListening: () => void;
  #listening: Promise<void> | null = null;
  #isLeaving = false;
  #isClosed = false;

  constructor(options: NodeRoomsOptions) {
    this.#options = options;
    const { clock, node, onError, settings } = options;
    this.#keeper = new LeaseKeeper({
      clock,
      node,
      ttlMs: settings.leaseMs,
      onError: (error) => onError(null, 'node', error),
    });
    this.#stopListening = node.listen((bytes) => this.#take(bytes));
  }

  /** @throws RoomCoreError as `RoomManager.connect` does */
  async connect(
    roomId: string,
    client: ConnectingClient,
    port: ConnectionPort,
    signal?: AbortSignal,
  ): Promise<RoomConnection> {
    this.#listening ??= this.#options.node.listening();
    await this.#listening.catch((error: unknown) => {
      this.#listening = null;
      throw error;
    });
    const { edge } = await this.#place(roomId);
    return edge.join(client, port, signal);
  }

  /**
   * Everything that runs here goes on elsewhere, and nothing further runs here; people stay connected, until {@link close}.
   * Resolves when other servers may run all of it. Never rejects.
   */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await Promise.all([...this.#open.values()].map((place) => this.#handOver(place)));
  }

  /** Tells everybody who is connected here to come back elsewhere within `withinMs`. */
  goAway(withinMs: number): void {
    for (const { edge } of this.#open.values()) edge.goAway(withinMs);
  }

  /** People of this node in all rooms. */
  get connectionCount(): number {
    return [...this.#open.values()].reduce((sum, { edge }) => sum + edge.connectionCount, 0);
  }

  async close(): Promise<void> {
    this.#isLeaving = true;
    this.#isClosed = true;
    // One whose store takes its time is given up when it is there, or with the engine.
    await atMost(this.#options.clock, CLOSE_PLACES_MS, Promise.allSettled(this.#places.values()));
    await this.leave();
    for (const place of [...this.#open.values()]) {
      place.edge.close(RoomCloseCode.draining, 'the server stops; connect again');
      this.#forget(place);
    }
    await this.#keeper.close();
    this.#stopListening();
    await this.#options.node.close();
  }

  #place(roomId: string): Promise<Place> {
    return openOnce(this.#places, roomId, (id) => this.#openPlace(id));
  }

  async #openPlace(roomId: string): Promise<Place> {
    const { clock, engine, hasModel, node, openInfo, settings } = this.#options;
    const info = await openInfo(roomId);
    const edge: EdgeRoom = await EdgeRoom.open({
      ...{ info, engine, clock, hasModel, settings },
      keptPeople: async () => (await KeptState.of<readonly KeptPerson[]>(node, roomId, 'people')) ?? [],
      onError: (stage, error) => this.#options.onError(info, stage, error),
      onMeasured: (measurement) => this.#options.onMeasured(info, measurement),
      onEmpty: () => this.#rest(place),
    });
    if (this.#isClosed) {
      edge.close(RoomCloseCode.draining, 'the server stops; connect again');
      throw new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; try another one, or again later.');
    }
    const search: OwnerSearch = new OwnerSearch({
      ...{ roomId, node, clock, keeper: this.#keeper },
      mayRun: () => !this.#isLeaving,
      runHere: (held) => this.#runHere(place, held),
      lookUp: () => engine.position(roomId),
      onLeaseLost: () => void this.#stop(place, 'lost'),
      connectLink: (remote) => {
        this.#links.set(remote.link, remote);
        return () => this.#links.delete(remote.link);
      },
      onHost: (host) => edge.hosted(host),
      onLost: () => edge.unhosted(),
      onFailed: (error) => {
        edge.close(RoomCloseCode.roomClosed, error.message);
        this.#forget(place);
      },
      onError: (error) => this.#options.onError(info, 'node', error),
    });
    edge.search = search;
    const place: Place = { info, edge, search, local: null };
    this.#open.set(roomId, place);
    search.start();
    return place;
  }

  async #runHere(place: Place, held: HeldLease): Promise<RoomHost> {
    const { clock, engine, node, run } = this.#options;
    const { edge, info } = place;
    const { lease } = held;
    const heldAt = clock.monotonic();
    const onError = (error: unknown) => this.#options.onError(info, 'node', error);
    const kept = { node, lease, clock, onError };
    // The model is away meanwhile: nothing waits for what it does not need.
    const [people, media, session, usage, entries] = await Promise.all([
      KeptState.open<readonly KeptPerson[]>({ ...kept, what: 'people' }),
      KeptState.open<KeptMedia>({ ...kept, what: 'media' }),
      KeptValue.open({ node, lease, what: 'session', onError }),
      KeptValue.open({ node, lease, what: 'usage', onError }),
      readNewest(engine, info.id, LOOKED_THROUGH),
    ]);
    await writeHalfSaid({ engine, entries, lease, halfSaid: edge.mirror.halfSaid });
    edge.mirror.forgetHalfSaid();
    const calls = await endOpenCalls(engine, lease, entries);
    await endLostRecording(engine, lease, media.before, clock.now());
    let isOver = false;
    const over = (why: 'rest' | 'lost') => {
      isOver = true;
      if (place.local?.held === held) void this.#stop(place, why);
    };
    const onEnded = () => over('rest');
    const tenure = { lease, people, media, session, usage, calls, onEnded, onFenced: () => over('lost') };
    const host = await run(info.id, tenure);
    // Told to leave meanwhile, it would keep the room until everybody has gone.
    if (isOver || this.#isLeaving || !held.isHeld()) {
      await host.handOver();
      await stored({ people, media, session, usage });
      throw new RoomCoreError('ERR_SHUT_DOWN', 'The room was lost again while it was opened.');
    }
    const desk = new EdgeDesk({ node, clock, host, roomId: info.id, onError });
    place.local = { held, host, desk, people, media, session, usage };
    this.#options.onMeasured(info, { type: 'lease', outcome: 'taken', ms: clock.monotonic() - heldAt });
    return host;
  }

  /** Another node may run the room at once. */
  async #handOver(place: Place): Promise<void> {
    const { local } = place;
    if (!local) return;
    place.local = null;
    this.#options.onMeasured(place.info, { type: 'lease', outcome: 'handedOver' });
    await local.host.handOver();
    await stored(local);
    await local.held.release();
    // Whoever hears of it looks for the next owner, and finds the lease free.
    local.desk.close();
    place.search.ranOut();
  }

  async #stop(place: Place, why: 'lost' | 'rest'): Promise<void> {
    const { local } = place;
    if (!local) return;
    place.local = null;
    local.desk.close();
    if (place.edge.connectionCount === 0) this.#rest(place);
    else place.search.ranOut();
    // A room at rest has ended by itself.
    if (why === 'lost') {
      this.#options.onMeasured(place.info, { type: 'lease', outcome: 'lost' });
      await local.host.handOver();
    }
    await stored(local);
    await local.held.release();
  }

  /** Nobody of this node is in the room; it may run here all the same. */
  #rest(place: Place): void {
    if (place.local || place.edge.connectionCount > 0) return;
    place.edge.close(RoomCloseCode.draining, 'nobody is here');
    this.#forget(place);
  }

  #forget(place: Place): void {
    place.search.close();
    const { id } = place.info;
    if (this.#open.get(id) !== place) return;
    this.#open.delete(id);
    this.#places.delete(id);
  }

  #take(bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded) return;
    const { frame, payload } = decoded;
    const { room, from, link, n } = frame;
    try {
      if (frame.for === 'edge') {
        this.#links.get(link)?.take(n, frame.says, payload);
        return;
      }
      const desk = this.#open.get(room)?.local?.desk;
      if (desk?.take(from, link, n, frame.says, payload)) return;
      // What may get lost is not worth an answer.
      if (n > 0) this.#options.node.send(from, overFrame(this.#options.node, room, link));
    } catch (error) {
      this.#options.onError(null, 'node', error);
    }
  }
}

/** Resolves when everything that the next owner has to know is kept. Never rejects. */
async function stored({ people, media, session, usage }: Kept): Promise<void> {
  await Promise.all([people.close(), media.close(), session.stored(), usage.stored()]);
}
