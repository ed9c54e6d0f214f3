import { joinTurns, type TurnUsage } from './turn-usage.ts';

/**
 * Finds what each turn took. The service tells the counts of a turn once or several times until its end, each time anew and
 * sometimes only parts of them, so of one turn the largest counts are taken.
 */
export class TurnCounter {
  /** Counts of the turn under way. */
  #open: TurnUsage | null = null;
  /** The turn before ended without counts: they may follow. */
  #isLate = false;

  /** Counts came, or the turn ended (`isEnd`), or both. @returns the counts of a turn that is over. */
  told(turn: TurnUsage | null, isEnd: boolean): TurnUsage | null {
    if (turn !== null && turn.totalTokens > 0) {
      this.#open = this.#open === null ? turn : joinTurns(this.#open, turn, Math.max);
    }
    if (!isEnd && !this.#isLate) return null;
    const ended = this.#open;
    this.#open = null;
    this.#isLate = ended === null;
    return ended;
  }

  /** The connection is over, and with it the turn. @returns its counts, if any came. */
  cut(): TurnUsage | null {
    const open = this.#open;
    this.#open = null;
    this.#isLate = false;
    return open;
  }
}
