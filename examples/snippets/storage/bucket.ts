import assert from 'node:assert/strict';
import { startFakeGcs } from '../../../tools/fake-gcs/src/index.ts';

const fake = await startFakeGcs({ buckets: ['my-rooms'] });
process.env.STORAGE_EMULATOR_HOST = fake.endpoint;

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
const rooms = openRooms('my-rooms');
await rooms.create({ id: 'panel', name: 'Panel' });
await rooms.close('panel', { reason: 'It is over.' });
await rooms.shutdown();
const later = openRooms('my-rooms');
const { entries } = await later.history('panel', { from: 1 });
assert.deepEqual(
  entries.map(({ kind }) => kind),
  ['room.closed'],
);
await later.shutdown();
delete process.env.STORAGE_EMULATOR_HOST;
await fake.close();
