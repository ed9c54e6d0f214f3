import type {
  InflightMessage,
  LogEntry,
  ModelState,
  Participant,
  ParticipantRole,
  RoomServerMessage,
} from '@colloquy/live-protocol';

/** Words of the model that have no entry yet. */
export interface HalfSaid extends InflightMessage {
  /** `seq` of the newest text for the model that had been stored when it began. */
  readonly answersTo: number;
}

/** What a room that runs elsewhere looks like from here: as much of it as an edge needs when its owner is gone. */
export class EdgeMirror {
  readonly #participants = new Map<string, Participant>();
  readonly #inflight = new Map<string, HalfSaid>();
  #askedTo = 0;
  #model: ModelState = { status: 'off', turn: 0 };

  get model(): ModelState {
    return this.#model;
  }

  /** Words of the model that have no entry yet. */
  get halfSaid(): readonly HalfSaid[] {
    return [...this.#inflight.values()].filter(({ kind }) => kind === 'ai');
  }

  /** Messages that grow, of the model and of people. */
  get inflight(): readonly InflightMessage[] {
    return [...this.#inflight.values()].map(({ answersTo: _, ...message }) => message);
  }

  /** Everybody, as far as this edge was told. */
  get participants(): readonly Participant[] {
    return [...this.#participants.values()];
  }

  roleOf(participantId: string): ParticipantRole | null {
    const role = this.#participants.get(participantId)?.role ?? null;
    return role === 'model' ? null : role;
  }

  /** Takes note of what the owner tells. The same message may come once for each connection. */
  observe(message: RoomServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#participants.clear();
        for (const participant of message.participants) this.#participants.set(participant.participantId, participant);
        this.#inflight.clear();
        for (const inflight of message.inflight) {
          this.#inflight.set(inflight.messageId, { ...inflight, answersTo: this.#askedTo });
        }
        this.#model = message.model;
        return;
      case 'presence':
        for (const participant of message.changed) this.#participants.set(participant.participantId, participant);
        for (const participantId of message.removed) this.#participants.delete(participantId);
        return;
      case 'model':
        this.#model = message.model;
        return;
      case 'delta': {
        const { messageId, kind, turn, speakers, offset, text } = message;
        const known = this.#inflight.get(messageId);
        const before = known?.text.slice(0, offset) ?? '';
        const { answersTo } = known ?? { answersTo: this.#askedTo };
        this.#inflight.set(messageId, { messageId, kind, turn, speakers, text: before + text, answersTo });
        return;
      }
      default:
    }
  }

  /** What stands in the log is not half said any more. */
  stored(entry: LogEntry): void {
    const { body } = entry;
    if (entry.kind === 'msg.text' && entry.body.toModel) this.#askedTo = entry.seq;
    if ('messageId' in body && typeof body.messageId === 'string') this.#inflight.delete(body.messageId);
  }

  /** Nothing of it goes on. */
  forgetHalfSaid(): void {
    this.#inflight.clear();
  }
}
