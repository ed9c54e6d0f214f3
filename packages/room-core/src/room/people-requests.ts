import type { EntryActor, ParticipantRole } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { HOSTS, type RequestHandlers } from './request-desk.ts';

/** What hosts do with people and with the room itself. */
export interface HostedRoom {
  /** @returns whether there is such a person. */
  setRole(participantId: string, role: ParticipantRole, by: EntryActor): boolean;
  close(reason: string | undefined, by: EntryActor): Promise<unknown>;
}

/** The requests that are about people and the life of the room. */
export function peopleRequests(room: HostedRoom): Pick<RequestHandlers, 'setRole' | 'close'> {
  return {
    setRole: {
      roles: HOSTS,
      run: ({ participantId, role }, { actor }) => {
        if (!room.setRole(participantId, role, actor)) throw notHere(participantId);
        return undefined;
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
