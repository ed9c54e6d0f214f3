import type { Clock, Timer } from '../ports/clock.ts';
import type { RoomRecord } from '../ports/room-engine.ts';
import type { RoomRecords } from '../room-records.ts';
import { isFurther, RoomMeter, type StoredUsage } from './room-meter.ts';

/** What a {@link UsageKeeper} is made of. */
export interface UsageKeeperOptions {
  readonly clock: Clock;
  readonly records: RoomRecords;
  readonly onError: (error: unknown) => void;
}

/** Rooms whose use is remembered between the times that people are in them. */
const MOST_METERS = 10_000;
/** How long use may wait to be stored, in milliseconds: a process that is killed loses so much of it. */
const STORE_AFTER_MS = 10_000;

/** What rooms use of their model, over all the times that people are in them and over restarts. */
export class UsageKeeper {
  readonly #options: UsageKeeperOptions;
  readonly #meters = new Map<string, RoomMeter>();
  /** Rooms with use that is not stored yet. */
  readonly #waiting = new Map<string, Timer>();

  constructor(options: UsageKeeperOptions) {
    this.#options = options;
  }

  /**
   * The meter of a room that people come into; it counts on from what is stored.
   * @param handedOver - what another server had counted when it handed the room over, where several share it.
   */
  open({ id, usage }: RoomRecord, handedOver: StoredUsage | null = null): RoomMeter {
    const known = this.#meters.get(id);
    const stored = furthest(usage ?? null, handedOver);
    // Another server may have run it since.
    const meter = known && furthest(known.toStored(), stored) !== stored ? known : new RoomMeter(stored);
    this.#meters.delete(id);
    this.#meters.set(id, meter);
    const [oldest] = this.#meters.keys();
    if (this.#meters.size > MOST_METERS && oldest !== undefined && !this.#waiting.has(oldest)) {
      this.#meters.delete(oldest);
    }
    return meter;
  }

  /** A room has used something: it is stored in a while. */
  changed(id: string): void {
    if (this.#waiting.has(id)) return;
    const { clock, onError } = this.#options;
    this.#waiting.set(
      id,
      clock.setTimer(STORE_AFTER_MS, () => this.store(id).catch(onError)),
    );
  }

  /** What a room has used; `null`: nothing, or it was not open here. */
  used(id: string): StoredUsage | null {
    return this.#meters.get(id)?.toStored() ?? null;
  }

  /** Stores what a room has used, if that is more than is stored. @throws RoomCoreError of the engine. */
  async store(id: string): Promise<void> {
    this.#waiting.get(id)?.cancel();
    this.#waiting.delete(id);
    const usage = this.used(id);
    if (usage === null) return;
    await this.#options.records.change(id, ({ usage: stored }) =>
      furthest(stored ?? null, usage) === usage ? { usage } : null,
    );
  }

  /** The room is gone for good. */
  forget(id: string): void {
    this.#waiting.get(id)?.cancel();
    this.#waiting.delete(id);
    this.#meters.delete(id);
  }

  /** Stores what waits. Never rejects. */
  async close(): Promise<void> {
    const stored = [...this.#waiting.keys()].map((id) => this.store(id));
    for (const result of await Promise.allSettled(stored)) {
      if (result.status === 'rejected') this.#options.onError(result.reason);
    }
  }
}

/** The one of two that has counted more; of equal ones the first. */
function furthest(one: StoredUsage | null, other: StoredUsage | null): StoredUsage | null {
  if (one === null || other === null) return one ?? other;
  return isFurther(other, one) ? other : one;
}
