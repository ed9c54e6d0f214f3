import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { EntryFanout } from '../../src/engine/entry-fanout.ts';
import { memoryEngine } from '../../src/memory-engine.ts';
import type {
  AppendOptions,
  AppendResult,
  LogPosition,
  ReadOptions,
  RoomDirectory,
  RoomEngine,
  SkipResult,
} from '../../src/ports/room-engine.ts';
import { delegateEngine } from './delegate-engine.ts';

/** An engine that can lose its newest entries with all it knew of them, as a copy that was behind and took over. */
export class ForgetfulEngine implements RoomEngine {
  readonly #now: () => number;
  readonly #fanout = new EntryFanout();
  #inner: RoomEngine;
  /** Rises with every loss: what was asked before is answered by what was there before. */
  losses = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#inner = memoryEngine({ now });
  }

  get rooms(): RoomDirectory {
    return this.#inner.rooms;
  }

  /** Loses the newest `count` entries of a room of the current epoch. */
  async forget(roomId: string, count: number): Promise<void> {
    const [record, { epochs, top }] = await Promise.all([this.#inner.rooms.get(roomId), this.position(roomId)]);
    if (!record) throw new Error('There is no such room.');
    const kept = Math.max(epochs.at(-1)?.firstSeq ?? 1, top - count);
    const entries: LogEntry[] = [];
    for (let from = 1; from <= kept; from += 1000) {
      entries.push(...(await this.#inner.read(roomId, { from, to: kept, limit: 1000 })));
    }
    let ts = 0;
    const copy = memoryEngine({ now: () => ts });
    await copy.rooms.create(record);
    let epoch = 1;
    for (const entry of entries) {
      ts = entry.ts;
      if (entry.epoch > epoch) await copy.startEpoch(roomId, epoch);
      else await copy.append(roomId, toNew(entry));
      epoch = entry.epoch;
    }
    // Nothing of this was waiting for anybody else.
    const now = this.#now;
    this.#inner = delegateEngine(copy, {
      append: (...args) => {
        ts = now();
        return copy.append(...args);
      },
      startEpoch: (...args) => {
        ts = now();
        return copy.startEpoch(...args);
      },
    });
    this.losses += 1;
  }

  position(roomId: string): Promise<LogPosition> {
    return this.#inner.position(roomId);
  }

  async append(roomId: string, entry: NewEntry, options?: AppendOptions): Promise<AppendResult> {
    const result = await this.#inner.append(roomId, entry, options);
    if (result.outcome === 'appended') this.#fanout.publish(result.entry);
    return result;
  }

  skip(...args: Parameters<RoomEngine['skip']>): Promise<SkipResult> {
    return this.#inner.skip(...args);
  }

  read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    return this.#inner.read(roomId, options);
  }

  startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    return this.#inner.startEpoch(roomId, epoch);
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    return this.#fanout.subscribe(roomId, listener);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function toNew({ kind, actor, body, cid }: LogEntry): NewEntry {
  return { kind, actor, body, ...(cid !== undefined && { cid }) } as NewEntry;
}
