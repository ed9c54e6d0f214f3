import type { Participant } from '@colloquy/live-protocol';

/** Who is in the room, from one snapshot and the differences after it. */
export class Presence {
  #participants: readonly Participant[] = [];
  #version = 0;

  /** In the order of their arrival; a new array after each change. */
  get participants(): readonly Participant[] {
    return this.#participants;
  }

  replace(participants: readonly Participant[], version: number): void {
    this.#participants = participants;
    this.#version = version;
  }

  /** @returns `false` when a difference is missing in between: the whole has to be asked for again. */
  apply(difference: {
    readonly version: number;
    readonly changed: readonly Participant[];
    readonly removed: readonly string[];
  }): boolean {
    if (difference.version <= this.#version) return true;
    if (difference.version > this.#version + 1) return false;
    this.#version = difference.version;
    const changed = new Map(difference.changed.map((participant) => [participant.participantId, participant]));
    const removed = new Set(difference.removed);
    const kept = this.#participants
      .filter(({ participantId }) => !removed.has(participantId))
      .map((participant) => {
        const next = changed.get(participant.participantId);
        changed.delete(participant.participantId);
        return next ?? participant;
      });
    for (const id of removed) changed.delete(id);
    this.#participants = [...kept, ...changed.values()];
    return true;
  }

  find(participantId: string): Participant | undefined {
    return this.#participants.find((participant) => participant.participantId === participantId);
  }

  findByIndex(index: number): Participant | undefined {
    return this.#participants.find((participant) => participant.index === index);
  }
}
