import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import type { RoomRecord } from '../../src/ports/room-engine.ts';

/** What the directory holds of a fresh room. */
export function roomRecord(id: string): RoomRecord {
  return {
    ...{ id, name: id, createdAt: 1, closedAt: null, version: 1 },
    status: 'open',
    configuration: DEFAULT_ROOM_CONFIGURATION,
  };
}
