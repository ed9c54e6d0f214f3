import type { LogEntry, ParticipantRole, RoomInfo } from '@colloquy/live-protocol';

/** What is needed of a `RoomManager`. */
export interface HostedRooms {
  get(id: string): Promise<Pick<RoomInfo, 'createdBy'>>;
  history(
    id: string,
    options: { from: number; limit: number },
  ): Promise<{ entries: readonly LogEntry[]; hasNewer: boolean }>;
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

const PAGE = 500;

/**
 * Knows who runs a room: whoever made it, whoever else comes first. The room and its log are the memory, so that the
 * founder is host again after a restart. Of a room that a program made, the founder is whoever joined it first. Once the
 * founder has been there, and while no host is, somebody who is stands in, until the founder is back. Roles that hosts
 * give each other are theirs: nobody's are taken back but those of who stood in.
 */
export class RoomHosts {
  readonly #rooms: HostedRooms;
  /** Who is joining a room that nobody made, and whose log names nobody yet. */
  readonly #joining = new Map<string, string>();
  /** Who was made a host here, for want of another, by room. */
  readonly #standIns = new Map<string, string>();
  /** How far the logs of rooms with people in them were read, and the first host in them. */
  readonly #read = new Map<string, { readonly next: number; readonly firstHost: string | null }>();

  constructor(rooms: HostedRooms) {
    this.#rooms = rooms;
  }

  /** The role in which a person joins. Of a room that nobody made, whoever asks first has it. */
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

  /** Somebody came or went, and the log says so: sees to it that a room in which its founder was has a host. */
  async peopleChanged(roomId: string): Promise<void> {
    const maker = await this.#makerOf(roomId);
    const firstHost = await this.#firstHostOf(roomId);
    const people = this.#peopleIn(roomId);
    if (people.length === 0) this.#read.delete(roomId);
    const named = maker ?? firstHost;
    if (named !== null) this.#joining.delete(roomId);
    const founder = named ?? this.#joining.get(roomId) ?? null;
    this.#endStandIn(roomId, people, founder);
    if (people.some(({ role }) => role === 'host')) return;
    const host = chooseHost(people, founder);
    if (!host) return;
    if (host.participantId !== founder) {
      // Nobody takes a room over before whoever made it was there.
      if (maker !== null && firstHost === null) return;
      this.#standIns.set(roomId, host.participantId);
    }
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
    return (await this.#makerOf(roomId)) ?? (await this.#firstHostOf(roomId));
  }

  async #makerOf(roomId: string): Promise<string | null> {
    return (await this.#rooms.get(roomId)).createdBy?.participantId ?? null;
  }

  /** Who came as a host first: the founder, since others are made hosts in the room. Nothing is read twice. */
  async #firstHostOf(roomId: string): Promise<string | null> {
    let { next, firstHost } = this.#read.get(roomId) ?? { next: 1, firstHost: null };
    for (let hasNewer = firstHost === null; hasNewer; ) {
      const page = await this.#rooms.history(roomId, { from: next, limit: PAGE });
      firstHost = page.entries.map(hostWhoCame).find((id) => id !== null) ?? null;
      next = (page.entries.at(-1)?.seq ?? next - 1) + 1;
      hasNewer = page.hasNewer && firstHost === null && page.entries.length > 0;
    }
    if (this.#peopleIn(roomId).length > 0) this.#read.set(roomId, { next, firstHost });
    return firstHost;
  }
}

function hostWhoCame(entry: LogEntry): string | null {
  return entry.kind === 'participant.added' && entry.body.role === 'host' ? entry.body.participantId : null;
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
