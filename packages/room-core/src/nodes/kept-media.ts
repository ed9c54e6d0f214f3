import type { FloorState, PicturePin, RecordingState } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { RoomLease } from '../ports/room-node.ts';

/** What people have arranged in a room, as another server has to know it that runs the room next. */
export interface KeptMedia {
  readonly floor: Pick<FloorState, 'holder' | 'queue'>;
  readonly pin: PicturePin | null;
  /** The recording that runs; `null`: none. */
  readonly recording: Pick<RecordingState, 'recordingId' | 'since'> | null;
}

/**
 * A recording lies where the server that made it keeps its files, and ends with that server: the log says so, as nobody else
 * could. Nobody is recorded by another server without having been asked.
 */
export async function endLostRecording(
  engine: RoomEngine,
  lease: RoomLease,
  kept: KeptMedia | null,
  now: number,
): Promise<void> {
  const { recordingId = null, since = null } = kept?.recording ?? {};
  if (recordingId === null) return;
  const durationMs = Math.max(0, now - (since ?? now));
  const body = { recordingId, durationMs, reason: 'failed' } as const;
  await engine.append(lease.roomId, { kind: 'recording.stopped', actor: roomActor, body }, { lease });
}
