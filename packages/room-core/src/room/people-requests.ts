import type { EntryActor, ParticipantRole, RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { HOSTS, type RequestHandlers } from './request-desk.ts';

/** What hosts do with people and with the room itself. */
export interface HostedRoom {
  /** @returns whether there is such a person. */
  setRole(participantId: string, role: ParticipantRole, by: EntryActor): boolean;
  configure(version: number, changes: Partial<RoomConfiguration>, by: EntryActor): Promise<RoomInfo>;
  close(reason: string | undefined, by: EntryActor): Promise<unknown>;
}

/** The requests that are about people and the life of the room. */
export function peopleRequests(room: HostedRoom): Pick<RequestHandlers, 'setRole' | 'configure' | 'close'> {
  return {
    setRole: {
      roles: HOSTS,
      run: ({ participantId, role }, { actor }) => {
        if (!room.setRole(participantId, role, actor)) throw notHere(participantId);
        return undefined;
      },
    },
    configure: {
      roles: HOSTS,
      run: async ({ version, changes }, { actor }) => {
        const { configuration, configurationVersion } = await room.configure(version, changes, actor);
        return { version: configurationVersion, configuration };
      },
    },
    close: {
      roles: HOSTS,
      run: async ({ reason }, { actor }) => {
        await room.close(reason, actor);
        return undefined;
      },
    },
  };
}

function notHere(participantId: string): RoomCoreError {
  const shown = JSON.stringify(participantId.slice(0, 40));
  return new RoomCoreError('ERR_PARTICIPANT_NOT_FOUND', `Nobody with the id ${shown} is in this room.`);
}
