import assert from 'node:assert/strict';
import { memoryEngine } from '@colloquy/room-core';

const engine = memoryEngine();

// #region server
import { RoomManager } from '@colloquy/room-core';
import { z } from 'zod';

const rooms = new RoomManager({
  engine,
  model: null,
  topics: { votes: { input: z.object({ choice: z.enum(['yes', 'no']) }), roles: ['host', 'speaker'] } },
});
// #endregion
const room = await rooms.create({ name: 'Panel' });
// #region use
await rooms.publish(room.id, { topic: 'votes', data: { choice: 'yes' } });
const { entries } = await rooms.appEntries(room.id, { topic: 'votes' }); // in pages, oldest first
// #endregion
assert.deepEqual(
  entries.map(({ body }) => body),
  [{ topic: 'votes', data: { choice: 'yes' } }],
);
await assert.rejects(rooms.publish(room.id, { topic: 'votes', data: { choice: 'perhaps' } }));
await rooms.shutdown();
