import type { AppData, EntryActor, LogEntry } from '@colloquy/live-protocol';
import { appRequests } from '../app/app-requests.ts';
import { readAppEntries } from '../app/read-app-entries.ts';
import { type RecordableRoom, recordingRequests } from '../recording/recording-requests.ts';
import type { LiveRoomOptions } from './live-room-options.ts';
import type { Moderation } from './moderation.ts';
import { peopleRequests } from './people-requests.ts';
import { redact } from './redaction.ts';
import { RequestDesk } from './request-desk.ts';
import type { RoomLog } from './room-log.ts';

/** What a room does when it is asked to. */
export interface RequestedRoom extends RecordableRoom {
  publish(topic: string, data: AppData, by: EntryActor): Promise<LogEntry>;
  readonly moderation: Moderation;
  readonly log: RoomLog;
  /** @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_SHUT_DOWN` */
  readonly checkGoing: () => void;
  readonly onError: (error: unknown) => void;
}

/** Answers everything that people ask of a room. */
export function roomRequests(
  { clock, engine, info, manage, settings }: LiveRoomOptions,
  { checkGoing, log, moderation, onError, ...room }: RequestedRoom,
): RequestDesk {
  return new RequestDesk({
    ...{ clock, onError },
    handlers: {
      ...peopleRequests({
        moderation,
        configure: (version, changes, by) => manage.configure({ version, changes, by }),
        redact: async (seq, reason, by) => {
          checkGoing();
          await redact({ engine, log, roomId: info.id }, { seq, reason, by });
        },
        close: (reason, by) => manage.close({ ...(reason !== undefined && { reason }), by }),
      }),
      ...recordingRequests(room),
      ...appRequests({
        topics: settings.topics,
        appendApp: (topic, data, by) => room.publish(topic, data, by).then(({ seq }) => seq),
        readApp: (wanted) => readAppEntries(engine, info.id, wanted),
      }),
    },
  });
}
