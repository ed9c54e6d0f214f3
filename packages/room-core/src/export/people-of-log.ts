import type { LogEntry, ParticipantRole } from '@colloquy/live-protocol';

/** Somebody who was in a room, over the whole of its log. */
export interface Attendee {
  readonly name: string;
  readonly role: ParticipantRole | null;
  readonly firstAt: number;
  /** `null` while they have not left. */
  readonly leftAt: number | null;
}

/** Who was there, in the order of their coming; everybody is in it once, however often they came. */
export async function peopleOfLog(log: AsyncIterable<LogEntry>): Promise<readonly Attendee[]> {
  const people = new Map<string, Attendee>();
  for await (const entry of log) {
    const { ts } = entry;
    if (entry.kind === 'participant.added') {
      const { participantId, name, role } = entry.body;
      const firstAt = people.get(participantId)?.firstAt ?? ts;
      people.set(participantId, { name, role, firstAt, leftAt: null });
    } else if (entry.kind === 'participant.removed') {
      const known = people.get(entry.body.participantId);
      if (known) people.set(entry.body.participantId, { ...known, leftAt: ts });
    } else if (entry.kind === 'room.closed') {
      for (const [id, known] of people) people.set(id, { ...known, leftAt: known.leftAt ?? ts });
    }
  }
  return [...people.values()];
}
