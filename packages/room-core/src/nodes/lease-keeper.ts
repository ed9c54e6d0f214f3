import type { Clock, Timer } from '../ports/clock.ts';
import type { RoomLease, RoomNode } from '../ports/room-node.ts';

/** What a {@link LeaseKeeper} is made of. */
export interface LeaseKeeperOptions {
  readonly node: RoomNode;
  readonly clock: Clock;
  /** A lease is over so long after its last renewal, milliseconds. */
  readonly ttlMs: number;
  /** Hears of renewals that failed; they are tried again until the lease is lost. */
  readonly onError: (error: unknown) => void;
}

/** A lease that this node has. */
export interface HeldLease {
  readonly lease: RoomLease;
  /** Whether it was neither lost nor given back. */
  isHeld(): boolean;
  /** Gives it back; whoever waits for it may take it at once. Never rejects. */
  release(): Promise<void>;
}

interface Held extends HeldLease {
  readonly onLost: () => void;
  /** When the renewal that was answered last had been asked for, on the monotonic clock. */
  renewedAt: number;
  fuse: Timer | null;
}

/** A holder that has not renewed for this share of the time steps down: the next one must not find it still at work. */
const FUSE = 0.7;

/**
 * The leases of one node: one timer renews all of them three times in their length. One that was not renewed in time is
 * given up by the node's own clock, before it ends for the others.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Set<Held>();
  #timer: Timer | null = null;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /**
   * Takes the lease of a room unless another node has it.
   * @param onLost - it is over, or may be over soon: whatever needs it stops at once. Not called after a release.
   * @returns one's own, or that of whoever has it.
   * @throws RoomCoreError of the node.
   */
  async acquire(roomId: string, onLost: () => void): Promise<HeldLease | RoomLease> {
    const { clock, node, ttlMs } = this.#options;
    // From before the question: the answer may have been long on its way.
    const renewedAt = clock.monotonic();
    const { outcome, lease } = await node.acquire(roomId, ttlMs);
    if (outcome === 'held') return lease;
    const held: Held = {
      lease,
      onLost,
      renewedAt,
      fuse: null,
      isHeld: () => this.#held.has(held),
      release: () => this.#release(held),
    };
    this.#held.add(held);
    this.#light(held);
    this.#timer ??= clock.setTimer(ttlMs / 3, () => this.#renewAll());
    return held;
  }

  /** Gives every lease back. */
  async close(): Promise<void> {
    await Promise.all([...this.#held].map((held) => held.release()));
    this.#timer?.cancel();
    this.#timer = null;
  }

  #renewAll(): void {
    this.#timer = null;
    if (this.#held.size === 0) return;
    for (const held of this.#held) void this.#renew(held);
    this.#timer = this.#options.clock.setTimer(this.#options.ttlMs / 3, () => this.#renewAll());
  }

  async #renew(held: Held): Promise<void> {
    const { clock, node, onError, ttlMs } = this.#options;
    const askedAt = clock.monotonic();
    try {
      const isMine = await node.renew(held.lease, ttlMs);
      if (!this.#held.has(held)) return;
      if (!isMine) {
        this.#lose(held);
        return;
      }
      held.renewedAt = Math.max(held.renewedAt, askedAt);
      this.#light(held);
    } catch (error) {
      onError(error);
    }
  }

  #light(held: Held): void {
    const { clock, ttlMs } = this.#options;
    held.fuse?.cancel();
    const left = held.renewedAt + FUSE * ttlMs - clock.monotonic();
    held.fuse = clock.setTimer(Math.max(0, left), () => this.#lose(held));
  }

  #lose(held: Held): void {
    if (!this.#forget(held)) return;
    held.onLost();
    // Should it still be this node's for the others, the next one need not wait for its end.
    this.#options.node.release(held.lease).catch(this.#options.onError);
  }

  async #release(held: Held): Promise<void> {
    if (!this.#forget(held)) return;
    await this.#options.node.release(held.lease).catch(this.#options.onError);
  }

  #forget(held: Held): boolean {
    held.fuse?.cancel();
    held.fuse = null;
    return this.#held.delete(held);
  }
}
