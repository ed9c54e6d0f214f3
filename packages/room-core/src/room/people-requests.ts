import type { EntryActor, RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { Moderation } from './moderation.ts';
import { HOSTS, type RequestHandlers } from './request-desk.ts';

/** What hosts do with people and with the room itself. */
export interface HostedRoom {
  readonly moderation: Pick<
    Moderation,
    'setRole' | 'mute' | 'remove' | 'letIn' | 'lock' | 'waitingRoom' | 'admit' | 'refuse'
  >;
  configure(version: number, changes: Partial<RoomConfiguration>, by: EntryActor): Promise<RoomInfo>;
  redact(seq: number, reason: string, by: EntryActor): Promise<void>;
  close(reason: string | undefined, by: EntryActor): Promise<unknown>;
}

type PeopleAction =
  | 'setRole'
  | 'configure'
  | 'mute'
  | 'remove'
  | 'letIn'
  | 'waitingRoom'
  | 'admit'
  | 'refuse'
  | 'redact'
  | 'lock'
  | 'unlock'
  | 'close';

/** The requests that are about people and the life of the room. */
export function peopleRequests(room: HostedRoom): Pick<RequestHandlers, PeopleAction> {
  const { moderation } = room;
  return {
    setRole: {
      roles: HOSTS,
      run: ({ participantId, role }, { actor }) => {
        if (!moderation.setRole(participantId, role, actor)) throw notHere(participantId);
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
    mute: {
      roles: HOSTS,
      run: ({ participantId, source = 'microphone' }, { actor }) => done(moderation.mute(participantId, source, actor)),
    },
    remove: {
      roles: HOSTS,
      run: ({ participantId, reason = 'A host removed you from the room.' }, { actor }) =>
        moderation.remove(participantId, reason, actor).then(done),
    },
    letIn: { roles: HOSTS, run: ({ participantId }) => moderation.letIn(participantId).then(done) },
    waitingRoom: {
      roles: HOSTS,
      run: ({ active }, { actor }) => moderation.waitingRoom(active, actor).then(done),
    },
    admit: { roles: HOSTS, run: ({ participantId }) => moderation.admit(participantId).then(done) },
    refuse: {
      roles: HOSTS,
      run: ({ participantId, reason = 'A host did not let you in.' }) => done(moderation.refuse(participantId, reason)),
    },
    redact: { roles: HOSTS, run: ({ seq, reason = '' }, { actor }) => room.redact(seq, reason, actor).then(done) },
    lock: { roles: HOSTS, run: (_, { actor }) => moderation.lock(true, actor).then(done) },
    unlock: { roles: HOSTS, run: (_, { actor }) => moderation.lock(false, actor).then(done) },
    close: {
      roles: HOSTS,
      run: async ({ reason }, { actor }) => {
        await room.close(reason, actor);
        return undefined;
      },
    },
  };
}

/** There is nothing to tell but that it is done. */
function done(_?: unknown): undefined {
  return undefined;
}

function notHere(participantId: string): RoomCoreError {
  const shown = JSON.stringify(participantId.slice(0, 40));
  return new RoomCoreError('ERR_PARTICIPANT_NOT_FOUND', `Nobody with the id ${shown} is in this room.`);
}
