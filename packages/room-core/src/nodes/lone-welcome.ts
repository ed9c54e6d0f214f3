import {
  MODEL_PARTICIPANT_ID,
  type Participant,
  ROOM_WIRE_VERSION,
  type RoomInfo,
  type RoomServerMessage,
} from '@colloquy/live-protocol';
import type { KeptPerson } from '../presence/roster.ts';
import { type RoomSettings, toWireLimits } from '../settings.ts';
import type { EdgeMirror } from './edge-mirror.ts';

/** What {@link loneWelcome} is made of. */
export interface LoneWelcomeOptions {
  readonly info: RoomInfo;
  readonly settings: RoomSettings;
  readonly hasModel: boolean;
  readonly mirror: EdgeMirror;
  /** Who was in the room, as its last owner kept it. */
  readonly kept: readonly KeptPerson[];
  readonly participantId: string;
  readonly connectionId: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

type Welcome = Extract<RoomServerMessage, { readonly type: 'welcome' }>;

const NO_MEDIA = { microphone: false, camera: false, screen: false } as const;

/**
 * What somebody is told who comes back into a room while nobody runs it: as much of it as is known. They read and write at
 * once, and hear the rest from the next owner. `null` for whoever was not in the room: they have to pass its doors, which only
 * an owner keeps. The place in the log is not told here.
 */
export function loneWelcome(options: LoneWelcomeOptions): Welcome | null {
  const { connectionId, hasModel, info, kept, mirror, now, participantId, settings } = options;
  const self = kept.find((person) => person.participantId === participantId);
  if (!self) return null;
  const { floor: policy, floorMode: mode } = info.configuration;
  const { turn } = mirror.model;
  return {
    type: 'welcome',
    v: ROOM_WIRE_VERSION,
    room: info,
    ...{ epoch: 0, top: 0, recovered: false, hasOlder: false },
    self: { participantId, index: self.index, connectionId },
    participants: participantsOf(options),
    presenceVersion: 0,
    inflight: mirror.inflight,
    model: hasModel ? { status: 'reconnecting', turn, reason: 'another server takes over' } : { status: 'off', turn },
    floor: { policy, mode, holder: null, queue: [] },
    pin: null,
    effective: null,
    recording: { active: false, recordingId: null, by: null, since: null },
    limits: toWireLimits(settings.limits),
    codecs: { audio: 'pcm16', video: 'jpeg' },
    serverTime: now,
  };
}

function participantsOf({ hasModel, kept, mirror, participantId, settings }: LoneWelcomeOptions): Participant[] {
  const known = new Map(mirror.participants.map((participant) => [participant.participantId, participant]));
  const people = kept.map((person): Participant => {
    const { index, name, role } = person;
    const seen = known.get(person.participantId);
    const isSelf = person.participantId === participantId;
    return {
      ...(seen ?? { participantId: person.participantId, media: NO_MEDIA, speaking: false }),
      ...{ index, name, role, status: isSelf ? 'present' : (seen?.status ?? 'away') },
    };
  });
  if (!hasModel) return people;
  const { modelDisplayName: name } = settings;
  const model = { participantId: MODEL_PARTICIPANT_ID, index: 0, name, media: NO_MEDIA, speaking: false } as const;
  return [{ ...model, role: 'model', status: 'present' }, ...people];
}
