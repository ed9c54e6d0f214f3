import type { LogEntry, ParticipantRole } from '@colloquy/live-protocol';

/** Where the first entries of a room's log come from: a `RoomManager`. */
export interface HistoryPort {
  history(id: string, options: { from: number; limit: number }): Promise<{ entries: readonly LogEntry[] }>;
}

// Whoever joins first is in the log's first few entries; the model's session may start before.
const FIRST_ENTRIES = 20;

/**
 * Knows who runs a room: whoever joined it first, which in the studio is who made it. The log is the memory, so a host
 * stays host after a restart.
 */
export class RoomHosts {
  readonly #rooms: HistoryPort;
  /** Who is joining a room whose log names nobody yet. */
  readonly #joining = new Map<string, string>();

  constructor(rooms: HistoryPort) {
    this.#rooms = rooms;
  }

  /** The role in which a person joins. Whoever asks first of an empty room has it. */
  async roleOnJoin(roomId: string, participantId: string): Promise<ParticipantRole> {
    const hostId = await this.#hostOf(roomId);
    if (hostId === null && !this.#joining.has(roomId)) this.#joining.set(roomId, participantId);
    return (hostId ?? this.#joining.get(roomId)) === participantId ? 'host' : 'speaker';
  }

  /** Whether a person runs a room. */
  async isHost(roomId: string, participantId: string): Promise<boolean> {
    return ((await this.#hostOf(roomId)) ?? this.#joining.get(roomId)) === participantId;
  }

  /** The log of a room names its host from now on. */
  settled(roomId: string): void {
    this.#joining.delete(roomId);
  }

  async #hostOf(roomId: string): Promise<string | null> {
    const { entries } = await this.#rooms.history(roomId, { from: 1, limit: FIRST_ENTRIES });
    for (const entry of entries) {
      if (entry.kind === 'participant.added' && entry.body.role === 'host') return entry.body.participantId;
    }
    return null;
  }
}
