import type { LogEntry, ParticipantRole } from '@colloquy/live-protocol';

/** What is needed of a `RoomManager`. */
export interface HostedRooms {
  history(id: string, options: { from: number; limit: number }): Promise<{ entries: readonly LogEntry[] }>;
  /** Rooms that people are in, with the people in the order of their coming. */
  sessions(): readonly { readonly roomId: string; readonly people: readonly HostCandidate[] }[];
  setRole(roomId: string, participantId: string, role: 'host' | 'speaker'): boolean;
}

/** Somebody in a room. */
export interface HostCandidate {
  readonly participantId: string;
  readonly role: ParticipantRole;
  readonly status: 'present' | 'away';
}

// Whoever joins first is in the log's first few entries; the model's session may start before.
const FIRST_ENTRIES = 20;

/**
 * Knows who runs a room: whoever joined it first, which in the studio is who made it. The log is the memory, so that
 * founder is host again after a restart. While no host is in the room, somebody who is stands in, until the founder is
 * back. Roles that hosts give each other are theirs: nobody's are taken back but those of who stood in.
 */
export class RoomHosts {
  readonly #rooms: HostedRooms;
  /** Who is joining a room whose log names nobody yet. */
  readonly #joining = new Map<string, string>();
  /** Who was made a host here, for want of another, by room. */
  readonly #standIns = new Map<string, string>();

  constructor(rooms: HostedRooms) {
    this.#rooms = rooms;
  }

  /** The role in which a person joins. Whoever asks first of an empty room has it. */
  async roleOnJoin(roomId: string, participantId: string): Promise<ParticipantRole> {
    const founderId = await this.#founderOf(roomId);
    if (founderId === null && !this.#joining.has(roomId)) this.#joining.set(roomId, participantId);
    const isFounder = (founderId ?? this.#joining.get(roomId)) === participantId;
    // Whoever stands in does so in a second tab too.
    return isFounder || this.#isHostNow(roomId, participantId) ? 'host' : 'speaker';
  }

  /** Whether a person runs a room. */
  async isHost(roomId: string, participantId: string): Promise<boolean> {
    const person = this.#peopleIn(roomId).find((one) => one.participantId === participantId);
    if (person) return person.role === 'host';
    return ((await this.#founderOf(roomId)) ?? this.#joining.get(roomId)) === participantId;
  }

  /** Somebody came or went, and the log says so: sees to it that a room with people in it has a host. */
  async peopleChanged(roomId: string): Promise<void> {
    const founderId = await this.#founderOf(roomId);
    if (founderId !== null) this.#joining.delete(roomId);
    const people = this.#peopleIn(roomId);
    const founder = founderId ?? this.#joining.get(roomId) ?? null;
    this.#endStandIn(roomId, people, founder);
    if (people.some(({ role }) => role === 'host')) return;
    const host = chooseHost(people, founder);
    if (!host) return;
    if (host.participantId !== founder) this.#standIns.set(roomId, host.participantId);
    this.#rooms.setRole(roomId, host.participantId, 'host');
  }

  /** Whoever stood in has left, or is not needed any more: the founder is back. */
  #endStandIn(roomId: string, people: readonly HostCandidate[], founder: string | null): void {
    const standIn = people.find(({ participantId }) => participantId === this.#standIns.get(roomId));
    const isBack = people.some(({ participantId, role }) => participantId === founder && role === 'host');
    if (standIn && !isBack) return;
    this.#standIns.delete(roomId);
    if (standIn?.role === 'host') this.#rooms.setRole(roomId, standIn.participantId, 'speaker');
  }

  #isHostNow(roomId: string, participantId: string): boolean {
    return this.#peopleIn(roomId).some((person) => person.participantId === participantId && person.role === 'host');
  }

  #peopleIn(roomId: string): readonly HostCandidate[] {
    return this.#rooms.sessions().find((session) => session.roomId === roomId)?.people ?? [];
  }

  async #founderOf(roomId: string): Promise<string | null> {
    const { entries } = await this.#rooms.history(roomId, { from: 1, limit: FIRST_ENTRIES });
    for (const entry of entries) {
      if (entry.kind === 'participant.added' && entry.body.role === 'host') return entry.body.participantId;
    }
    return null;
  }
}

/** The founder, else who has been there longest; somebody who is away comes last. */
function chooseHost(people: readonly HostCandidate[], founderId: string | null): HostCandidate | undefined {
  const able = people.filter(({ role }) => role !== 'viewer');
  return (
    able.find(({ participantId }) => participantId === founderId) ??
    able.find(({ status }) => status === 'present') ??
    able[0]
  );
}
