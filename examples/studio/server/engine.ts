import { memoryEngine, type RoomEngine, type RoomNode } from '@colloquy/room-core';
import { archivedEngine } from '@colloquy/room-core/archive';
import { gcsColdStore } from '@colloquy/room-core/gcs';
import { redisEngine, redisNode } from '@colloquy/room-core/redis';
import { sqliteEngine } from '@colloquy/room-core/sqlite';
import type { BucketStore } from './settings.ts';
import type { StudioLogger } from './studio.ts';

/** Instead of a folder: rooms and secret live as long as the process. */
export const IN_MEMORY = ':memory:';

/** Where the studio keeps its rooms. */
export interface EngineOptions {
  readonly dataDirectory: string;
  readonly store: BucketStore | null;
  /** `null`: this studio shares its rooms with none. */
  readonly redis: string | null;
  readonly logger: StudioLogger;
}

/** This studio among those that share rooms in Redis. `secret`: the same for all of them. */
export function openNode(redis: string, secret: string): RoomNode {
  return redisNode({ connection: redis, secret });
}

/** Rooms in the data folder, or in Redis with other studios; with a bucket behind it either may be lost. */
export function openEngine({ dataDirectory, store, redis, logger }: EngineOptions): RoomEngine {
  const engine = openFront(dataDirectory, redis, logger);
  if (!store) return engine;
  const { bucket, prefix, apiEndpoint } = store;
  return archivedEngine({
    engine,
    cold: gcsColdStore({ bucket, prefix, ...(apiEndpoint !== null && { apiEndpoint }) }),
    onError: ({ roomId, unflushed, error }) =>
      logger.error?.(`room ${roomId}: ${unflushed} entries wait for the bucket`, { error }),
    onDamage: ({ roomId, name, first, last, error }) =>
      logger.error?.(`room ${roomId}: entries ${first} to ${last} cannot be read; put ${name} back from a copy`, {
        error,
      }),
  });
}

function openFront(dataDirectory: string, redis: string | null, logger: StudioLogger): RoomEngine {
  if (redis !== null) return redisEngine({ connection: redis, onWarning: (message) => logger.warn?.(message) });
  return dataDirectory === IN_MEMORY ? memoryEngine() : sqliteEngine({ directory: dataDirectory });
}
