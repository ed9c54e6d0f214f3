import type { EntryActor } from '@colloquy/live-protocol';
import { HOSTS, type RequestHandlers } from '../room/request-desk.ts';

/** Starts and ends the recording of a room. */
export interface RecordableRoom {
  record(active: boolean, by: EntryActor): Promise<void>;
}

/** The requests that are about recording. */
export function recordingRequests(room: RecordableRoom): Pick<RequestHandlers, 'record'> {
  return {
    record: {
      roles: HOSTS,
      run: async ({ active }, { actor }) => {
        await room.record(active, actor);
        return undefined;
      },
    },
  };
}
