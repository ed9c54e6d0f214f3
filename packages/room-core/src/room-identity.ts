import type { ParticipantRole } from '@colloquy/live-protocol';

/** Who a connection belongs to, as the host application's authentication found out. Never taken from the client. */
export interface RoomIdentity {
  /** Stable id of the person, 1–128 characters; several connections with the same id are one participant. */
  readonly participantId: string;
  /** Name that everybody sees, 1–80 characters after trimming. */
  readonly name: string;
  readonly role: ParticipantRole;
}
