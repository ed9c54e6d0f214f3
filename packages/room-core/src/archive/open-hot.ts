import { roomNotFound } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { HotLook, HotRooms } from '../ports/hot-rooms.ts';
import type { EpochStart, RoomEngine } from '../ports/room-engine.ts';
import { randomId } from '../random-id.ts';
import { atMost, within } from '../within.ts';
import type { ArchivedDirectory } from './archived-directory.ts';
import { claimEpoch, readTail } from './awaken.ts';
import { clientsFromLog } from './client-table.ts';
import type { Damage } from './damage.ts';
import { LogChain } from './log-chain.ts';
import { LogWriter } from './log-writer.ts';
import { breakSeal, readDocument } from './room-document.ts';
import { untilAborted } from './until-aborted.ts';

/** What {@link openHot} works with. */
export interface OpenHotParts {
  readonly engine: RoomEngine;
  readonly hot: HotRooms;
  readonly cold: ColdStore;
  readonly directory: ArchivedDirectory;
  readonly clock: Clock;
  readonly onDamage: (roomId: string, damage: Damage) => void;
}

/** A server that is gone leaves its lock behind for so long, milliseconds; one that lives keeps it this often. */
const LOCK_MS = 5_000;
const HOLD_MS = LOCK_MS / 4;
/** Longest that one server reads a room back before another one tries: its store may be slow, or hang, for it alone. */
const READ_BACK_MS = 10_000;
/** Between two looks, milliseconds. */
const PAUSE_MS = 100;
/** Longest that somebody waits for a room. */
const WAIT_MS = 30_000;

/**
 * Has a room open in an engine that several servers share: reads it back from the store where the engine does not know it, or
 * may have lost some of it.
 *
 * @param signal - gives it up, with its reason: others may read the room back at once.
 * @throws RoomCoreError `ERR_ROOM_NOT_FOUND` for a room that neither knows, or that was deleted; `ERR_STORE_UNAVAILABLE` when that
 * takes longer than 10 s here, or 30 s on others; and of engine and store.
 */
export async function openHot(parts: OpenHotParts, roomId: string, signal: AbortSignal): Promise<void> {
  const { clock, hot } = parts;
  const token = randomId();
  const until = clock.monotonic() + WAIT_MS;
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (;;) {
    signal.throwIfAborted();
    const { room } = await hot.look(roomId);
    if (room?.state === 'open' && room.isStored) return;
    const isOurs = await hot.lock(roomId, token, LOCK_MS);
    if (isOurs && (await openLocked(parts, { roomId, token, signal }))) return;
    if (clock.monotonic() >= until) {
      const why = isOurs
        ? 'something comes in between each time'
        : 'other servers are at it, and do not come to an end';
      throw tooLate(roomId, WAIT_MS, why);
    }
    await atMost(clock, PAUSE_MS * (0.5 + Math.random()), aborted);
  }
}

/** Under the lock, which is given up in the end. @returns whether the room is open. */
async function openLocked(
  parts: OpenHotParts,
  { roomId, token, signal }: { readonly roomId: string; readonly token: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const { clock, hot } = parts;
  let held: Timer | null = null;
  const hold = (): void => {
    held = clock.setTimer(HOLD_MS, () => {
      // Where that fails, it is over by itself; what is done without it is not taken by the engine.
      hot.hold(roomId, token, LOCK_MS).catch(() => {});
      hold();
    });
  };
  hold();
  const ending = new AbortController();
  const ours = { ...parts, cold: untilAborted(parts.cold, ending.signal) };
  try {
    const late = () => tooLate(roomId, READ_BACK_MS, 'the store is slow, or does not answer');
    return await within({ clock, ms: READ_BACK_MS, late, signal }, new Opening(ours, roomId, token).open());
  } finally {
    // Whatever it still waits for, it does nothing more.
    ending.abort();
    (held as Timer | null)?.cancel();
    await hot.unlock(roomId, token).catch(() => {});
  }
}

function tooLate(roomId: string, ms: number, why: string): RoomCoreError {
  return new RoomCoreError(
    'ERR_STORE_UNAVAILABLE',
    `Room ${JSON.stringify(roomId)} could not be read back from the store within ${ms / 1000} s: ${why}; try again later.`,
  );
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
    if (!(await this.#breakSeal(look.run))) return false;
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
    if (stored.document.sealedAt?.lastSeq === chain.tip.last && !(await this.#breakSeal(run))) return false;
    const isWhole = this.#brokenAt === chain.tip.last;
    if (!isWhole && !(await this.#mayChange(run))) return false;
    if (!isWhole && !(await claimEpoch(chain, roomId, clock.now()))) return false;
    const restored = await readTail(chain, record);
    return hot.install(restored, { token: this.#token, run, tell: !isWhole });
  }

  /** @returns `false`, and nothing is changed, where this attempt is over. */
  async #breakSeal(run: string): Promise<boolean> {
    if (!(await this.#mayChange(run))) return false;
    const sealed = await breakSeal(this.#parts.cold, this.#roomId, this.#token);
    if (sealed !== null) this.#brokenAt = sealed;
    return true;
  }

  /**
   * Whether this attempt goes on: another server may have opened the room while the store took its time for this one, and
   * what was acknowledged there since would be lost by a new epoch. The engine asks for the lock once more when it installs.
   */
  async #mayChange(run: string): Promise<boolean> {
    const { hot } = this.#parts;
    if (!(await hot.hold(this.#roomId, this.#token, LOCK_MS))) return false;
    const now = await hot.look(this.#roomId);
    return now.run === run && now.room?.state !== 'open';
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
