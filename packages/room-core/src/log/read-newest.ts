import type { LogEntry } from '@colloquy/live-protocol';
import type { RoomEngine } from '../ports/room-engine.ts';

/** The last `count` entries of a room, the oldest first; fewer where there are fewer. @throws RoomCoreError of the engine */
export async function readNewest(
  engine: Pick<RoomEngine, 'position' | 'read'>,
  roomId: string,
  count: number,
): Promise<readonly LogEntry[]> {
  const { top } = await engine.position(roomId);
  return top === 0 ? [] : engine.read(roomId, { from: Math.max(1, top - count + 1), limit: count });
}
