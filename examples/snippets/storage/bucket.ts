// #region bucket
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { archivedEngine } from '@colloquy/room-core/archive';
import { gcsColdStore } from '@colloquy/room-core/gcs';

export function openRooms(bucket: string): RoomManager {
  const engine = archivedEngine({
    engine: memoryEngine(),
    cold: gcsColdStore({ bucket, prefix: 'rooms/' }),
    onError: ({ roomId, unflushed, error }) => console.error(`${roomId}: ${unflushed} entries wait`, error),
  });
  return new RoomManager({ engine, model: null });
}
// #endregion
