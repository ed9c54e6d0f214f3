import type { EntryActor, ParticipantRole, RoomServerMessage } from '@colloquy/live-protocol';

/** One connection, as far as tools are concerned. */
export interface ToolMember {
  readonly connectionId: string;
  readonly participantId: string;
  readonly clientId: string;
  send(message: RoomServerMessage): void;
}

/** Who is in the room. */
export interface ToolPeople {
  /** In the order in which they came. */
  members(): Iterable<ToolMember>;
  /** `null` for somebody who is not in the room. */
  roleOf(participantId: string): ParticipantRole | null;
  actorOf(participantId: string): EntryActor | null;
}
