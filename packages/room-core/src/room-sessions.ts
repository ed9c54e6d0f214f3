import type { MediaState, ModelState, ParticipantRole, RoomUsage, WaitingPerson } from '@colloquy/live-protocol';

/** One socket of a person. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly clientId: string;
  /** Milliseconds since the Unix epoch. */
  readonly connectedAt: number;
  readonly media: MediaState;
}

/** One person in a room, for admin pages and support. */
export interface PersonInfo {
  readonly participantId: string;
  readonly index: number;
  readonly name: string;
  readonly role: ParticipantRole;
  readonly status: 'present' | 'away';
  readonly speaking: boolean;
  readonly connections: readonly ConnectionInfo[];
}

/** A room that is running in this process: who is connected, with which media, on which model session. */
export interface RoomSessionInfo {
  readonly roomId: string;
  readonly name: string;
  readonly people: readonly PersonInfo[];
  /** Who waits to be admitted, the longest first; they are not among `people`. */
  readonly waiting: readonly WaitingPerson[];
  /** What the room has used of its model, in all its time. */
  readonly usage: RoomUsage;
  readonly model: ModelState & {
    /** Name of the model; `null` when the manager has none. */
    readonly name: string | null;
    /** Seconds of mixed audio sent to the current model session. */
    readonly audioSeconds: number;
  };
}
