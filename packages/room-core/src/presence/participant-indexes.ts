/** Highest index that fits the media header; 0 is the model. */
const MAX_INDEX = 65_535;

/**
 * Indexes of participants in media frames. A person who comes back gets their old one, as long as there are free ones
 * left; then that of the person who has been gone longest is given away.
 */
export class ParticipantIndexes {
  /** In the order of use, the longest unused first. */
  readonly #indexes = new Map<string, number>();
  readonly #most: number;
  #last = 0;

  constructor(most: number = MAX_INDEX) {
    this.#most = most;
  }

  /** Somebody has an index already. */
  restore(participantId: string, index: number): void {
    this.#indexes.set(participantId, index);
    this.#last = Math.max(this.#last, index);
  }

  /** The index of a person who comes in. `isPresent` tells whose index must stay. */
  take(participantId: string, isPresent: (participantId: string) => boolean): number {
    const index = this.#indexes.get(participantId) ?? this.#next(isPresent);
    this.#indexes.delete(participantId);
    this.#indexes.set(participantId, index);
    return index;
  }

  #next(isPresent: (participantId: string) => boolean): number {
    if (this.#last < this.#most) {
      this.#last += 1;
      return this.#last;
    }
    for (const [participantId, index] of this.#indexes) {
      if (isPresent(participantId)) continue;
      this.#indexes.delete(participantId);
      return index;
    }
    throw new RangeError(`All ${this.#most} participant indexes are taken.`);
  }
}
