import { RoomCoreError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { ConnectionRoom } from '../room/live-connection.ts';
import type { RoomLog } from '../room/room-log.ts';
import { searchLog } from '../search/search-log.ts';
import type { RoomSettings } from '../settings.ts';

/** What an edge's connections do with the log. */
export interface EdgeLogOptions extends Pick<ConnectionRoom, 'roomId' | 'roleOf' | 'report'> {
  readonly engine: RoomEngine;
  readonly log: RoomLog;
  readonly clock: Clock;
  readonly settings: RoomSettings;
  /** Nothing may come after `room.closed`. */
  readonly isClosed: () => boolean;
}

/** A room as far as an edge serves it by itself; whatever else is asked of it goes to the owner and never comes here. */
export function edgeLog(options: EdgeLogOptions): ConnectionRoom {
  const { clock, engine, log, roomId, settings } = options;
  const nothing = () => {};
  return {
    ...{ roomId, limits: settings.limits },
    roleOf: options.roleOf,
    report: options.report,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    top: () => log.top,
    read: (from, to) => log.read(from, to),
    search: (wanted) => searchLog(engine, roomId, wanted),
    append: async (entry) => {
      if (options.isClosed()) throw new RoomCoreError('ERR_ROOM_CLOSED', 'The room is closed.');
      return log.append(entry);
    },
    skip: (participantId, cid) => log.skip(participantId, cid),
    send: (port, message, encoded) => port.send(message, encoded ?? JSON.stringify(message)),
    close: (port, code, reason) => port.close(code, reason),
    answer: (_connection, { id }) => Promise.resolve({ type: 'done', id }),
    ...{ interrupt: nothing, tool: nothing, microphoneOpened: nothing, setMedia: nothing, takePicture: nothing },
    ...{ watch: nothing, leave: nothing, drop: nothing },
    floor: () => null,
    pin: () => null,
    takeAudio: () => false,
    hearsOpus: () => false,
  };
}
