import type { RoomModel } from '../model/room-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { Roster } from '../presence/roster.ts';
import { searchLog } from '../search/search-log.ts';
import type { RoomSettings } from '../settings.ts';
import type { ToolDesk } from '../tools/tool-desk.ts';
import type { ConnectionRoom, LiveConnection } from './live-connection.ts';
import type { MediaDesk } from './media-desk.ts';
import type { Moderation } from './moderation.ts';
import type { Outlet } from './outlet.ts';
import type { RequestDesk } from './request-desk.ts';
import type { RoomLog } from './room-log.ts';

/** What of a room its connections use. */
export interface ConnectionRoomParts {
  readonly roomId: string;
  readonly clock: Clock;
  readonly engine: RoomEngine;
  readonly settings: RoomSettings;
  readonly log: RoomLog;
  readonly outlet: Outlet;
  readonly roster: Roster;
  readonly model: RoomModel;
  readonly media: MediaDesk;
  readonly moderation: Moderation;
  readonly requests: RequestDesk;
  readonly tools: ToolDesk;
  readonly ended: () => boolean;
  /** @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_SHUT_DOWN` */
  readonly checkGoing: () => void;
  /** `left`: it does not come back. */
  readonly forget: (connection: LiveConnection, left: boolean) => void;
  readonly report: (error: unknown) => void;
}

/** The room as its connections see it. */
export function toConnectionRoom(parts: ConnectionRoomParts): ConnectionRoom {
  const { clock, engine, forget, log, media, model, moderation, outlet, roomId, roster, settings, tools } = parts;
  return {
    roomId,
    limits: settings.limits,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    top: () => log.top,
    read: (from, to) => log.read(from, to),
    search: (options) => searchLog(engine, roomId, options),
    append: async (entry) => {
      // Nothing may come after `room.closed`.
      parts.checkGoing();
      return log.append(entry);
    },
    skip: (participantId, cid) => log.skip(participantId, cid),
    roleOf: (participantId) => roster.role(participantId) ?? 'viewer',
    answer: ({ participantId, connectionId }, request) => {
      const actor = roster.actor(participantId) ?? { participantId, name: '' };
      const role = roster.role(participantId) ?? 'viewer';
      return parts.requests.answer(request, { actor, role, connectionId });
    },
    interrupt: () => model.desk?.interrupt(),
    tool: (connection, message) => tools.receive(connection, message),
    floor: (participantId, message) => media.model.moveFloor(participantId, message),
    pin: (participantId, pin) => media.model.pin(participantId, pin),
    microphoneOpened: (connection) => moderation.oneMicrophone(connection),
    setMedia: (connection, state) => {
      roster.setMedia(connection.participantId, connection.connectionId, state);
      media.setMedia(connection, state);
      // Whoever opens the microphone wants to be heard.
      if (state.microphone && !parts.ended()) model.desk?.wake();
    },
    takeAudio: (connection, frame) => media.people.takeAudio(connection, frame),
    takePicture: (connection, frame) => media.people.takePicture(connection, frame),
    watch: (connection, watch) => media.people.watch(connection, watch),
    hearsOpus: () => media.codecs.hearsOpus,
    leave: (connection) => {
      forget(connection, true);
      roster.leave(connection.participantId, connection.connectionId);
    },
    drop: (connection) => {
      forget(connection, false);
      roster.drop(connection.participantId, connection.connectionId);
    },
    send: (port, message, encoded) => outlet.send(port, message, encoded),
    close: (port, code, reason) => outlet.close(port, code, reason),
    report: parts.report,
  };
}
