import { RoomCoreError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { AcquiredLease, KeptName, RoomLease, RoomNode } from '../ports/room-node.ts';

interface SharedRoom {
  lease: RoomLease | null;
  /** On the monotonic clock. */
  endsAt: number;
  fence: number;
  readonly kept: Map<KeptName, string>;
  readonly watchers: Set<(holder: RoomLease | null) => void>;
}

/** Several nodes in one process, on one engine: as servers that share a Redis, with time and network in a test's hand. */
export class MemoryNodes {
  /** The engine that the nodes share; closing it does nothing. What is appended under a lease that is over is refused. */
  readonly engine: RoomEngine;
  readonly #clock: Clock;
  readonly #rooms = new Map<string, SharedRoom>();
  readonly #nodes = new Map<string, MemoryNode>();

  constructor(engine: RoomEngine, clock: Clock) {
    this.#clock = clock;
    this.engine = {
      rooms: { ...bound(engine.rooms, ['create', 'get', 'update', 'list']), delete: (id) => this.#delete(engine, id) },
      shared: true,
      ...bound(engine, ['position', 'skip', 'read', 'startEpoch', 'subscribe']),
      append: async (roomId, entry, options = {}) => {
        const { lease } = options;
        if (lease && this.holder(roomId)?.fence !== lease.fence) return { outcome: 'fenced' };
        return engine.append(roomId, entry, options);
      },
      close: async () => {},
    };
    this.#engine = engine;
  }

  readonly #engine: RoomEngine;

  /** Another of the servers, under an id of the test's. */
  node(nodeId: string): MemoryNode {
    const node = new MemoryNode(nodeId, this);
    this.#nodes.set(nodeId, node);
    return node;
  }

  /** Who has the lease of a room now. */
  holder(roomId: string): RoomLease | null {
    const room = this.#rooms.get(roomId);
    return room?.lease && this.#clock.monotonic() < room.endsAt ? room.lease : null;
  }

  /** As `RoomNode.acquire` of the node of this id. */
  async acquire(roomId: string, nodeId: string, ttlMs: number): Promise<AcquiredLease> {
    // @throws RoomCoreError for a room that is not there.
    await this.#engine.position(roomId);
    const held = this.holder(roomId);
    if (held && held.nodeId !== nodeId) return { outcome: 'held', lease: held };
    const room = this.#room(roomId);
    room.fence += 1;
    room.lease = { roomId, nodeId, fence: room.fence };
    room.endsAt = this.#clock.monotonic() + ttlMs;
    this.#tell(room);
    return { outcome: 'acquired', lease: room.lease };
  }

  /** As `RoomNode.renew`. */
  renew(lease: RoomLease, ttlMs: number): boolean {
    if (!this.#isHeld(lease)) return false;
    this.#room(lease.roomId).endsAt = this.#clock.monotonic() + ttlMs;
    return true;
  }

  /** As `RoomNode.release`. */
  release(lease: RoomLease): void {
    if (!this.#isHeld(lease)) return;
    const room = this.#room(lease.roomId);
    room.lease = null;
    this.#tell(room);
  }

  /** As `RoomNode.keep`. */
  keep(lease: RoomLease, what: KeptName, value: string | null): boolean {
    if (!this.#isHeld(lease)) return false;
    const { kept } = this.#room(lease.roomId);
    if (value === null) kept.delete(what);
    else kept.set(what, value);
    return true;
  }

  /** As `RoomNode.kept`. */
  kept(roomId: string, what: KeptName): string | null {
    return this.#room(roomId).kept.get(what) ?? null;
  }

  /** As `RoomNode.watch`. */
  watch(roomId: string, listener: (holder: RoomLease | null) => void): () => void {
    const { watchers } = this.#room(roomId);
    watchers.add(listener);
    return () => watchers.delete(listener);
  }

  /** Brings bytes to the node of this id, later, as a network does. */
  deliver(nodeId: string, bytes: Uint8Array): void {
    const copy = bytes.slice();
    queueMicrotask(() => this.#nodes.get(nodeId)?.take(copy));
  }

  async #delete(engine: RoomEngine, roomId: string): Promise<void> {
    await engine.rooms.delete(roomId);
    this.#rooms.delete(roomId);
  }

  #isHeld(lease: RoomLease): boolean {
    return this.holder(lease.roomId)?.fence === lease.fence;
  }

  #tell(room: SharedRoom): void {
    const { lease } = room;
    for (const watcher of [...room.watchers]) queueMicrotask(() => watcher(lease));
  }

  #room(roomId: string): SharedRoom {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const added: SharedRoom = { lease: null, endsAt: 0, fence: 0, kept: new Map(), watchers: new Set() };
    this.#rooms.set(roomId, added);
    return added;
  }
}

/** One of {@link MemoryNodes}. */
export class MemoryNode implements RoomNode {
  readonly nodeId: string;
  /** Whether it is cut off from all others and from the store of leases. */
  isCutOff = false;
  readonly #nodes: MemoryNodes;
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  readonly #undo = new Set<() => void>();

  constructor(nodeId: string, nodes: MemoryNodes) {
    this.nodeId = nodeId;
    this.#nodes = nodes;
  }

  async acquire(roomId: string, ttlMs: number): Promise<AcquiredLease> {
    this.#check();
    return this.#nodes.acquire(roomId, this.nodeId, ttlMs);
  }

  async renew(lease: RoomLease, ttlMs: number): Promise<boolean> {
    this.#check();
    return this.#nodes.renew(lease, ttlMs);
  }

  async release(lease: RoomLease): Promise<void> {
    this.#check();
    this.#nodes.release(lease);
  }

  async holder(roomId: string): Promise<RoomLease | null> {
    this.#check();
    return this.#nodes.holder(roomId);
  }

  watch(roomId: string, listener: (holder: RoomLease | null) => void): () => void {
    const stop = this.#nodes.watch(roomId, (holder) => {
      if (!this.isCutOff && this.#undo.has(stop)) listener(holder);
    });
    this.#undo.add(stop);
    return () => {
      this.#undo.delete(stop);
      stop();
    };
  }

  async keep(lease: RoomLease, what: KeptName, value: string | null): Promise<boolean> {
    this.#check();
    return this.#nodes.keep(lease, what, value);
  }

  async kept(roomId: string, what: KeptName): Promise<string | null> {
    this.#check();
    return this.#nodes.kept(roomId, what);
  }

  send(nodeId: string, bytes: Uint8Array): boolean {
    if (this.isCutOff) return false;
    this.#nodes.deliver(nodeId, bytes);
    return true;
  }

  listen(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async listening(): Promise<void> {}

  async close(): Promise<void> {
    this.#listeners.clear();
    for (const stop of this.#undo) stop();
    this.#undo.clear();
  }

  /** Hands on what another node sent. */
  take(bytes: Uint8Array): void {
    if (this.isCutOff) return;
    for (const listener of [...this.#listeners]) listener(bytes);
  }

  #check(): void {
    if (this.isCutOff) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'This node is cut off.');
  }
}

function bound<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.map((name) => [name, (object[name] as (...args: never[]) => unknown).bind(object)]),
  ) as Pick<T, K>;
}
