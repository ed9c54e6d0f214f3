import { memoryEngine, type RoomEngine } from '@colloquy/room-core';
import { archivedEngine } from '@colloquy/room-core/archive';
import { gcsColdStore } from '@colloquy/room-core/gcs';
import { sqliteEngine } from '@colloquy/room-core/sqlite';
import type { BucketStore } from './settings.ts';
import type { StudioLogger } from './studio.ts';

/** Instead of a folder: rooms and secret live as long as the process. */
export const IN_MEMORY = ':memory:';

/** Where the studio keeps its rooms. */
export interface EngineOptions {
  readonly dataDirectory: string;
  readonly store: BucketStore | null;
  readonly logger: StudioLogger;
}

/** Rooms in the data folder; with a bucket behind it the folder may be lost. */
export function openEngine({ dataDirectory, store, logger }: EngineOptions): RoomEngine {
  const engine = dataDirectory === IN_MEMORY ? memoryEngine() : sqliteEngine({ directory: dataDirectory });
  if (!store) return engine;
  const { bucket, prefix, apiEndpoint } = store;
  return archivedEngine({
    engine,
    cold: gcsColdStore({ bucket, prefix, ...(apiEndpoint !== null && { apiEndpoint }) }),
    onError: ({ roomId, unflushed, error }) =>
      logger.error?.(`room ${roomId}: ${unflushed} entries wait for the bucket`, { error }),
  });
}
