import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { RoomCoreError } from '../../src/errors.ts';
import type {
  AppendOptions,
  AppendResult,
  LogPosition,
  ReadOptions,
  RoomDirectory,
  RoomEngine,
  SkipResult,
} from '../../src/ports/room-engine.ts';

/** Seeded random numbers from 0 to 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface RoughOptions {
  readonly random: () => number;
  /** Share of the feed's entries that never arrive. */
  readonly lose?: number;
  /** Share of the feed's entries that come later, after others, and of those that come twice. */
  readonly disorder?: number;
  /** Longest delay of an answer or an entry, in turns of the event loop. */
  readonly delayTurns?: number;
  /** Share of appends that are stored but answered with an error. */
  readonly loseAnswers?: number;
}

/** An engine whose feed loses, swaps and repeats entries and whose answers are late, as a remote one's may be. */
export class RoughEngine implements RoomEngine {
  readonly rooms: RoomDirectory;
  readonly #inner: RoomEngine;
  readonly #options: RoughOptions;
  failing = false as boolean;

  constructor(inner: RoomEngine, options: RoughOptions) {
    this.#inner = inner;
    this.#options = options;
    this.rooms = {
      create: (record) => this.#late(inner.rooms.create(record)),
      get: (id) => this.#late(inner.rooms.get(id)),
      update: (record) => this.#late(inner.rooms.update(record)),
      list: (page) => this.#late(inner.rooms.list(page)),
      delete: (id) => this.#late(inner.rooms.delete(id)),
    };
  }

  position(roomId: string): Promise<LogPosition> {
    return this.#late(this.#inner.position(roomId));
  }

  async append(roomId: string, entry: NewEntry, options?: AppendOptions): Promise<AppendResult> {
    this.#check();
    const result = await this.#late(this.#inner.append(roomId, entry, options));
    if (entry.cid !== undefined && this.#options.random() < (this.#options.loseAnswers ?? 0)) {
      throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The answer was lost.');
    }
    return result;
  }

  skip(...args: Parameters<RoomEngine['skip']>): Promise<SkipResult> {
    return this.#late(this.#inner.skip(...args));
  }

  async read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    this.#check();
    return this.#late(this.#inner.read(roomId, options));
  }

  startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    return this.#late(this.#inner.startEpoch(roomId, epoch));
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    const { disorder = 0, lose = 0, random: draw } = this.#options;
    let subscribed = true;
    const tell = (entry: LogEntry) => {
      if (subscribed) listener(entry);
    };
    const unsubscribe = this.#inner.subscribe(roomId, (entry) => {
      if (draw() < lose) return;
      if (disorder === 0 || draw() >= disorder) tell(entry);
      else void this.#late(Promise.resolve(entry)).then(tell);
      if (disorder > 0 && draw() < disorder) void this.#late(Promise.resolve(entry)).then(tell);
    });
    return () => {
      subscribed = false;
      unsubscribe();
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #check(): void {
    if (this.failing) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The disk is full.');
  }

  async #late<T>(answer: Promise<T>): Promise<T> {
    // A refusal is heard of later, and not missed meanwhile.
    answer.catch(() => {});
    const turns = Math.floor(this.#options.random() * ((this.#options.delayTurns ?? 0) + 1));
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return answer;
  }
}
