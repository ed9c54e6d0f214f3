/** So many recoveries in so long; a device that comes and goes more often is left alone. */
const MOST = 3;
const WINDOW_MS = 60_000;

/** How often a device that went away is replaced without being asked. */
export class RecoveryBudget {
  #takenAt: number[] = [];

  /** @returns whether one more recovery is within the budget; then it is taken from it. */
  take(nowMs: number): boolean {
    this.#takenAt = this.#takenAt.filter((atMs) => nowMs - atMs < WINDOW_MS);
    if (this.#takenAt.length >= MOST) return false;
    this.#takenAt.push(nowMs);
    return true;
  }
}
