import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = await mkdtemp(join(tmpdir(), 'rooms-'));

// #region sqlite
import { RoomManager } from '@colloquy/room-core';
import { fileRecordings } from '@colloquy/room-core/recordings';
import { sqliteEngine } from '@colloquy/room-core/sqlite';

const rooms = new RoomManager({
  engine: sqliteEngine({ directory }), // such as './data'
  model: null,
  recordings: fileRecordings({ directory: join(directory, 'recordings'), maxAgeMs: 7 * 86_400_000 }),
  expireAfterDays: 90,
});
// #endregion
await rooms.shutdown();
await rm(directory, { recursive: true });
