import type { RoomEngine } from './ports/room-engine.ts';

/** Options of {@link memoryEngine}. */
export interface MemoryEngineOptions {
  /** Milliseconds since the Unix epoch, for the time of entries. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** Rooms in memory: for tests and trials. Everything is gone with the process. */
export function memoryEngine(_options: MemoryEngineOptions = {}): RoomEngine {
  throw new Error('not built yet');
}
