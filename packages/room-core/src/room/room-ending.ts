import type { RoomModel } from '../model/room-model.ts';
import type { MediaDesk } from './media-desk.ts';
import type { RoomLog } from './room-log.ts';
import type { RoomRest } from './room-rest.ts';

/** How long what the room has to write may take at its end, in milliseconds: with somebody waiting for it… */
export const CLOSE_WRITES_MS = 5_000;
export const STOP_WRITES_MS = 1_500;
/** …and with nobody. */
export const END_WRITES_MS = 30_000;

/** What goes on in a room until it ends. */
export interface EndingRoom {
  readonly rest: Pick<RoomRest, 'end'>;
  readonly model: { readonly metering: Pick<RoomModel['metering'], 'dispose'> };
  readonly media: Pick<MediaDesk, 'dispose'>;
  readonly log: Pick<RoomLog, 'written' | 'close'>;
}

/**
 * Ends all that goes on in a room, its log last: what was written is stored, or given up after `writesMs`.
 * @param asleep - resolves when the model's session is over.
 */
export async function endRoom(room: EndingRoom, asleep: Promise<void>, writesMs: number): Promise<void> {
  room.rest.end();
  room.model.metering.dispose();
  const recorded = room.media.dispose();
  await room.log.written(writesMs);
  room.log.close();
  await Promise.all([asleep, recorded]);
}
