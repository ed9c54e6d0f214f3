import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RoomLease, RoomNode } from '../ports/room-node.ts';
import type { HeldLease, LeaseKeeper } from './lease-keeper.ts';
import { RemoteHost } from './remote-host.ts';
import type { RoomHost } from './room-host.ts';

/** What an {@link OwnerSearch} is made of. */
export interface OwnerSearchOptions {
  readonly roomId: string;
  readonly node: RoomNode;
  readonly keeper: LeaseKeeper;
  readonly clock: Clock;
  /** `false`: this node is leaving, and runs no further room. */
  readonly mayRun: () => boolean;
  /** Runs the room under a lease of this node. @throws RoomCoreError */
  readonly runHere: (held: HeldLease) => Promise<RoomHost>;
  /** Looks whether there is such a room: a store behind the engine may know it when the engine has lost it. @throws RoomCoreError */
  readonly lookUp: () => Promise<unknown>;
  /** The lease of this node is lost: what ran here stops at once. */
  readonly onLeaseLost: () => void;
  /** Frames of this link are for it from now on. @returns the undo */
  readonly connectLink: (remote: RemoteHost) => () => void;
  readonly onHost: (host: RoomHost) => void;
  readonly onLost: () => void;
  /** There is no such room any more, or it is closed. */
  readonly onFailed: (error: RoomCoreError) => void;
  readonly onError: (error: unknown) => void;
}

/** Between two attempts, milliseconds; at random, so that nodes do not ask all at once. */
const PAUSE_MS = 100;
const JITTER_MS = 200;
/** An owner that does not answer in this time is not there, milliseconds. */
const OPEN_MS = 1_000;
/** The same for one that did not answer before: meanwhile its lease may end, and nobody would notice. */
const OPEN_AGAIN_MS = 250;
/** One that is only slow gets the whole time now and then. */
const AGAIN = 4;
/** Longest that somebody who joins waits for an owner, milliseconds. */
const WAIT_MS = 20_000;
/** Nothing can be done about these. */
const FINAL: ReadonlySet<string> = new Set(['ERR_ROOM_NOT_FOUND', 'ERR_ROOM_CLOSED']);

/**
 * Finds whoever runs a room, and again when that is gone: this node, if it gets the lease, or the one that has it.
 *
 * ```
 * searching ──lease is ours──▶ here ──lost, or the room rests──▶ searching
 *     │  ▲                                                          ▲
 *     │  └──held, and its holder does not answer                    │
 *     └────held, and its holder answers──▶ linked ──link is lost────┘
 * ```
 */
export class OwnerSearch {
  readonly #options: OwnerSearchOptions;
  readonly #stopWatching: () => void;
  readonly #waiting = new Set<(host: RoomHost) => void>();
  #host: RoomHost | null = null;
  #lease: HeldLease | null = null;
  #unlink: (() => void) | null = null;
  #remote: RemoteHost | null = null;
  #searching = false;
  /** How often the holder of a lease was turned to in vain. */
  #inVain: { readonly fence: number; readonly times: number } | null = null;
  /** A notice that came during an attempt, which may have missed what it tells of. */
  #isNoticed = false;
  #wake: () => void = () => {};
  #isClosed = false;

  constructor(options: OwnerSearchOptions) {
    this.#options = options;
    this.#stopWatching = options.node.watch(options.roomId, (holder) => this.#noticed(holder));
  }

  start(): void {
    void this.#search();
  }

  /**
   * Whoever runs the room, but for `not`, which did not want it any more.
   * @throws RoomCoreError `ERR_STORE_UNAVAILABLE` when nobody was found in time
   */
  async find(not: RoomHost | null = null): Promise<RoomHost> {
    if (this.#host && this.#host !== not) return this.#host;
    let timer: Timer | null = null;
    let found: (host: RoomHost) => void = () => {};
    try {
      return await new Promise<RoomHost>((resolve, reject) => {
        found = resolve;
        this.#waiting.add(found);
        timer = this.#options.clock.setTimer(WAIT_MS, () => reject(nobody()));
      });
    } finally {
      (timer as Timer | null)?.cancel();
      this.#waiting.delete(found);
    }
  }

  /** What ran here does so no more; the lease stays with its caller. */
  ranOut(): void {
    this.#lease = null;
    this.#lose();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWatching();
    this.#remote?.close();
    this.#unlink?.();
    this.#host = null;
    this.#wake();
  }

  /** Somebody took a lease, or gave it back. */
  #noticed(holder: RoomLease | null): void {
    if (this.#searching) {
      this.#isNoticed = true;
      this.#wake();
    } else if (this.#remote && holder && holder.fence !== this.#remote.lease.fence) this.#remoteLost();
  }

  #remoteLost(): void {
    const remote = this.#remote;
    this.#remote = null;
    this.#unlink?.();
    this.#unlink = null;
    remote?.close();
    this.#lose();
  }

  #lose(): void {
    if (this.#isClosed || !this.#host) return;
    this.#host = null;
    this.#options.onLost();
    void this.#search();
  }

  async #search(): Promise<void> {
    if (this.#searching) return;
    this.#searching = true;
    while (!this.#isClosed && !this.#host) {
      this.#isNoticed = false;
      const found = await this.#try();
      if (this.#isClosed) break;
      if (typeof found !== 'string') this.#found(found);
      // What failed is not tried again without a pause, whoever gives the lease back meanwhile: that may be this node.
      else if (found === 'failed' || !this.#isNoticed) await this.#pause(found);
    }
    this.#searching = false;
  }

  /** `nobody`: none that could be turned to. */
  async #try(): Promise<RoomHost | 'nobody' | 'failed'> {
    const { node, onError, onFailed, roomId } = this.#options;
    try {
      const lease = this.#options.mayRun() ? await this.#acquire() : await node.holder(roomId);
      if (lease === null || this.#isClosed) return 'nobody';
      return 'release' in lease ? await this.#runHere(lease) : ((await this.#link(lease)) ?? 'nobody');
    } catch (cause) {
      const error = await this.#lookUp(cause);
      if (isRoomCoreError(error) && FINAL.has(error.code)) {
        this.close();
        onFailed(error);
      } else if (error !== null) onError(error);
      return 'failed';
    }
  }

  /** `null`: the room is there all the same. */
  async #lookUp(error: unknown): Promise<unknown> {
    if (!isRoomCoreError(error) || error.code !== 'ERR_ROOM_NOT_FOUND') return error;
    return this.#options.lookUp().then(
      () => null,
      (why: unknown) => why,
    );
  }

  async #acquire(): Promise<HeldLease | RoomLease> {
    const { keeper, onLeaseLost, roomId } = this.#options;
    let mine: HeldLease | null = null;
    const found = await keeper.acquire(roomId, () => {
      if (mine === null || this.#lease !== mine) return;
      this.#lease = null;
      onLeaseLost();
      this.#lose();
    });
    if ('release' in found) {
      mine = found;
      this.#lease = found;
      if (this.#isClosed) await found.release();
    }
    return found;
  }

  async #runHere(lease: HeldLease): Promise<RoomHost> {
    try {
      return await this.#options.runHere(lease);
    } catch (error) {
      this.#lease = null;
      await lease.release();
      throw error;
    }
  }

  async #link(lease: RoomLease): Promise<RoomHost | null> {
    const { clock, connectLink, node } = this.#options;
    const remote = new RemoteHost({ clock, lease, node, onLost: () => this.#remote === remote && this.#remoteLost() });
    const unlink = connectLink(remote);
    const times = this.#inVain?.fence === lease.fence ? this.#inVain.times : 0;
    if (!(await remote.open(times % AGAIN === 0 ? OPEN_MS : OPEN_AGAIN_MS))) {
      this.#inVain = { fence: lease.fence, times: times + 1 };
      unlink();
      remote.close();
      return null;
    }
    this.#inVain = null;
    this.#remote = remote;
    this.#unlink = unlink;
    return remote;
  }

  #found(host: RoomHost): void {
    this.#host = host;
    this.#options.onHost(host);
    for (const found of [...this.#waiting]) found(host);
  }

  async #pause(after: 'nobody' | 'failed'): Promise<void> {
    const ms = PAUSE_MS + Math.random() * JITTER_MS;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(ms, resolve);
      this.#wake = () => {
        if (after === 'failed' && !this.#isClosed) return;
        timer.cancel();
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

function nobody(): RoomCoreError {
  return new RoomCoreError('ERR_STORE_UNAVAILABLE', 'No server runs this room at the moment; connect again.');
}
