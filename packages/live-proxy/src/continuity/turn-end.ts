/** Calls somebody who waits for the end of a turn. */
export class TurnEnd {
  readonly #isBetweenTurns: () => boolean;
  #task: (() => void) | null = null;

  constructor(isBetweenTurns: () => boolean) {
    this.#isBetweenTurns = isBetweenTurns;
  }

  /** Calls `task` once when no turn is under way, which may be now. */
  await(task: () => void): void {
    this.#task = task;
    this.look();
  }

  /** To be called when something was said. */
  look(): void {
    if (this.#task === null || !this.#isBetweenTurns()) return;
    const task = this.#task;
    this.#task = null;
    // The message that is looked at ends the turn, and has yet to be passed on.
    queueMicrotask(task);
  }
}
