/** The right to run what a room has one of: its model session, its mix, its roster. One server has it at a time. */
export interface RoomLease {
  readonly roomId: string;
  /** Who has it. */
  readonly nodeId: string;
  /** Grows by one with every holder. What is written under a lease that is over is refused. */
  readonly fence: number;
}

/** What {@link RoomNode.acquire} did. */
export interface AcquiredLease {
  readonly outcome: 'acquired' | 'held';
  /** One's own, or that of whoever has it. */
  readonly lease: RoomLease;
}

/**
 * One server among those that share an engine: who runs which room, what a successor has to know, and a way to speak to each
 * other. One suite, `testRoomNodes` in `room-core/testing`, is the contract.
 */
export interface RoomNode {
  /** New for every start of a process: what an earlier one of the same machine had is not this one's. */
  readonly nodeId: string;
  /**
   * Takes the lease of a room unless somebody has it. Of all who try at once one gets it. A node that has it already gets
   * a new one, and its old one is over.
   * @param ttlMs - it is over after so long unless it is renewed, in milliseconds.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE`
   */
  acquire(roomId: string, ttlMs: number): Promise<AcquiredLease>;
  /** @returns whether it was still one's own. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  renew(lease: RoomLease, ttlMs: number): Promise<boolean>;
  /** Gives a lease back; does nothing with one that is over. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  release(lease: RoomLease): Promise<void>;
  /** Who has the lease; `null`: nobody. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  holder(roomId: string): Promise<RoomLease | null>;
  /**
   * Calls `listener` when a lease is taken or given back (`null`). A lease that just ends is not told of, and notices may
   * get lost. Returns its own undo.
   */
  watch(roomId: string, listener: (holder: RoomLease | null) => void): () => void;
  /**
   * Keeps something for the next holder; `null` forgets it.
   * @returns `false`, and nothing is kept, when the lease is over.
   * @throws RoomCoreError `ERR_STORE_UNAVAILABLE`
   */
  keep(lease: RoomLease, what: KeptName, value: string | null): Promise<boolean>;
  /** What was kept; `null`: nothing. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  kept(roomId: string, what: KeptName): Promise<string | null>;
  /**
   * Sends to another node, or to itself. What one node sends to another arrives in order, once at most: it may get lost.
   * Never throws. The bytes may be used again after the call.
   * @param options - `mayBeLost`: sound and pictures; where too much waits, the oldest of them go first.
   * @returns `false` when it was dropped at once, since too much waits, or there is no connection.
   */
  send(nodeId: string, bytes: Uint8Array, options?: { readonly mayBeLost?: boolean }): boolean;
  /** Takes what others send. Returns its own undo. */
  listen(listener: (bytes: Uint8Array) => void): () => void;
  /** Resolves when nothing that is sent to this node from now on is missed. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  listening(): Promise<void>;
  /** Frees everything; leases are not given back. Idempotent. */
  close(): Promise<void>;
}

/**
 * What is kept of a room for its next holder: who is in it; who has the floor, what is pinned and recorded; how its model session
 * goes on (a credential, kept encrypted or not at all); and what it has used.
 */
export type KeptName = 'people' | 'media' | 'session' | 'usage';
