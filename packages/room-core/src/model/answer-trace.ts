/**
 * Which texts of the log an answer goes up to, by `seq`. What the model was asked while it answered is for the next answer.
 */
export class AnswerTrace {
  /** Newest text that the model was given. */
  #askedTo = 0;
  /** The same when the answer under way began. */
  #answersTo = 0;
  /** Nothing up to here needs an answer any more. */
  #answeredTo = 0;

  asked(seqs: readonly number[]): void {
    this.#askedTo = Math.max(this.#askedTo, ...seqs);
  }

  /**
   * A text that the model was given as `before` stands in the log as `seq` now.
   *
   * @returns whether it has its answer, and nothing else waits for one.
   */
  renumbered(before: number, seq: number): boolean {
    const isAnswered = before <= this.#answeredTo && this.#askedTo <= this.#answeredTo;
    // The answer under way is its answer as well.
    if (before <= this.#answersTo) this.#answersTo = Math.max(this.#answersTo, seq);
    this.asked([seq]);
    return isAnswered;
  }

  answerStarted(): void {
    this.#answersTo = this.#askedTo;
  }

  /** The answer under way is kept in the log. @returns what it goes up to; 0: the model had been asked nothing. */
  answered(): number {
    this.#answeredTo = Math.max(this.#answeredTo, this.#answersTo);
    return this.#answersTo;
  }

  /**
   * The model has nothing to say. @param wasAnswering - it had begun an answer.
   * @returns up to where texts stay without an answer; `null` when all have one.
   */
  silent(wasAnswering: boolean): number | null {
    const silentTo = wasAnswering ? this.#answersTo : this.#askedTo;
    if (silentTo <= this.#answeredTo) return null;
    this.#answeredTo = silentTo;
    return silentTo;
  }
}
