import type { LogEntry, NewEntry, Participant, RoomInfo, RoomServerMessage } from '@colloquy/live-protocol';
import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';

export const ROOM: RoomInfo = {
  id: 'panel',
  name: 'Panel',
  status: 'open',
  createdAt: 1,
  closedAt: null,
  createdBy: null,
  configurationVersion: 1,
  locked: false,
  waitingRoom: false,
  configuration: DEFAULT_ROOM_CONFIGURATION,
};

export function person(index: number, name: string, media: Partial<Participant['media']> = {}): Participant {
  return {
    participantId: name.toLowerCase(),
    index,
    name,
    role: 'speaker',
    status: 'present',
    media: { microphone: false, camera: false, screen: false, ...media },
    speaking: false,
  };
}

export const ANA: Participant = person(1, 'Ana');
export const BEN: Participant = person(2, 'Ben');

export function actor(participant: Participant): { participantId: string; name: string } {
  return { participantId: participant.participantId, name: participant.name };
}

/** An entry of the log, by default a text of Ben's. */
export function entry(seq: number, parts: Partial<NewEntry> & { epoch?: number; ts?: number } = {}): LogEntry {
  return {
    room: 'panel',
    epoch: 1,
    seq,
    ts: 1000 + seq,
    kind: 'msg.text',
    actor: actor(BEN),
    body: { text: `text ${seq}`, toModel: false },
    ...parts,
  } as LogEntry;
}

export function entries(from: number, to: number): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));
}

type Welcome = Extract<RoomServerMessage, { type: 'welcome' }>;

/** Ana is welcomed to a room in which Ben is. */
export function welcome(parts: Partial<Welcome> = {}): Welcome {
  return {
    type: 'welcome',
    v: 1,
    room: ROOM,
    epoch: 1,
    top: 0,
    recovered: false,
    hasOlder: false,
    self: { participantId: 'ana', index: 1, connectionId: 'c1' },
    participants: [ANA, BEN],
    presenceVersion: 1,
    inflight: [],
    model: { status: 'listening', turn: 0 },
    effective: null,
    floor: { policy: 'mix', mode: 'open', holder: null, queue: [] },
    pin: null,
    recording: { active: false, recordingId: null, by: null, since: null },
    limits: { maxTextLength: 1000, maxMessageBytes: 1 << 20, maxPicturesPerSecond: 2 },
    codecs: { audio: 'pcm16', video: 'jpeg' },
    serverTime: 1,
    ...parts,
  };
}
