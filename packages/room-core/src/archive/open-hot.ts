import { roomNotFound } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { HotLook, HotRooms } from '../ports/hot-rooms.ts';
import type { EpochStart, RoomEngine } from '../ports/room-engine.ts';
import { randomId } from '../random-id.ts';
import type { ArchivedDirectory } from './archived-directory.ts';
import { claimEpoch, readTail } from './awaken.ts';
import { clientsFromLog } from './client-table.ts';
import type { Damage } from './damage.ts';
import { LogChain } from './log-chain.ts';
import { LogWriter } from './log-writer.ts';
import { breakSeal, readDocument } from './room-document.ts';

/** What {@link openHot} works with. */
export interface OpenHotParts {
  readonly engine: RoomEngine;
  readonly hot: HotRooms;
  readonly cold: ColdStore;
  readonly directory: ArchivedDirectory;
  readonly clock: Clock;
  readonly onDamage: (roomId: string, damage: Damage) => void;
}

/** Longest that one server reads a room back before another one tries, milliseconds; and between two looks. */
const LOCK_MS = 10_000;
const PAUSE_MS = 100;
/** Longest that somebody waits for a room. */
const WAIT_MS = 30_000;

/**
 * Has a room open in an engine that several servers share: reads it back from the store where the engine does not know it, or
 * may have lost some of it.
 *
 * @throws RoomCoreError `ERR_ROOM_NOT_FOUND` for a room that neither knows, or that was deleted; and of engine and store.
 */
export async function openHot(parts: OpenHotParts, roomId: string): Promise<void> {
  const { clock, hot } = parts;
  const token = randomId();
  const until = clock.monotonic() + WAIT_MS;
  for (;;) {
    const { room } = await hot.look(roomId);
    if (room?.state === 'open' && room.isStored) return;
    if (await hot.lock(roomId, token, LOCK_MS)) {
      try {
        if (await new Opening(parts, roomId, token).open()) return;
      } finally {
        // It is over by itself, too.
        await hot.unlock(roomId, token).catch(() => {});
      }
    }
    if (clock.monotonic() >= until) {
      throw new RoomCoreError(
        'ERR_STORE_UNAVAILABLE',
        `Room ${JSON.stringify(roomId)} could not be read back from the store in time; try again later.`,
      );
    }
    await new Promise<void>((resolve) => clock.setTimer(PAUSE_MS * (0.5 + Math.random()), resolve));
  }
}

/** One attempt, under the lock. */
class Opening {
  readonly #parts: OpenHotParts;
  readonly #roomId: string;
  readonly #token: string;
  /** Where the log was whole when this attempt broke its seal. */
  #brokenAt: number | null = null;

  constructor(parts: OpenHotParts, roomId: string, token: string) {
    this.#parts = parts;
    this.#roomId = roomId;
    this.#token = token;
  }

  /** @returns whether the room is open now; otherwise something came in between. */
  async open(): Promise<boolean> {
    const { engine, hot, directory } = this.#parts;
    const roomId = this.#roomId;
    let look = await hot.look(roomId);
    if (look.room && !look.room.isStored) {
      // It was here before there was a store behind it.
      const record = await engine.rooms.get(roomId);
      if (!record) return false;
      if (!(await readDocument(this.#parts.cold, roomId))) await directory.create(record);
      await hot.adopt(roomId);
      look = await hot.look(roomId);
    }
    if (look.room?.state === 'open') return true;
    if (look.room?.state !== 'resting') return this.#readBack(look);
    // Whoever was about to put it to rest may still do so in the store, unless that is changed first.
    await this.#breakSeal();
    if (await hot.wake(roomId, look.room.resting ?? '')) return true;
    const now = await hot.look(roomId);
    return now.room?.state === 'open' || (now.room?.state !== 'resting' && (await this.#readBack(now)));
  }

  async #readBack({ room, run }: HotLook): Promise<boolean> {
    const { clock, cold, hot, onDamage } = this.#parts;
    const roomId = this.#roomId;
    const chain = new LogChain(cold, roomId, (damage) => onDamage(roomId, damage));
    await chain.refresh();
    // What the engine has kept was acknowledged.
    if (room && room.epoch >= chain.tip.epoch && room.top > chain.tip.last) await this.#storeRest(chain, room.epochs);
    const stored = await readDocument(cold, roomId);
    const record = stored?.document.record;
    if (!record) {
      if (stored) await hot.erase(roomId);
      throw roomNotFound(roomId);
    }
    if (stored.document.sealedAt?.lastSeq === chain.tip.last) await this.#breakSeal();
    const isWhole = this.#brokenAt === chain.tip.last;
    if (!isWhole && !(await claimEpoch(chain, roomId, clock.now()))) return false;
    const restored = await readTail(chain, record);
    return hot.install(restored, { token: this.#token, run, tell: !isWhole });
  }

  async #breakSeal(): Promise<void> {
    const { cold } = this.#parts;
    const sealed = await breakSeal(cold, this.#roomId, this.#token);
    if (sealed !== null) this.#brokenAt = sealed;
  }

  async #storeRest(chain: LogChain, epochs: readonly EpochStart[]): Promise<void> {
    const { clock, cold, hot } = this.#parts;
    const writer = new LogWriter({
      ...{ roomId: this.#roomId, engine: hot, cold, chain, clock },
      epochs: async () => epochs,
      clientsAfter: (entries) => clientsFromLog(chain, entries, clock),
      onMeasured: () => {},
    });
    while ((await writer.storeNext()) === 'stored');
  }
}
