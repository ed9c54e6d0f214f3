import type { EntryActor, RoomInfo, RoomServerMessage, RoomUsage, TurnUsage } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import { type BudgetState, judge, type RoomBudget } from './room-budget.ts';
import type { RoomMeter } from './room-meter.ts';

/** What {@link RoomMetering} is made of. */
export interface RoomMeteringOptions {
  readonly clock: Clock;
  readonly meter: RoomMeter;
  readonly room: () => RoomInfo;
  readonly budget: (room: RoomInfo) => RoomBudget;
  /** What a turn costs; `null` where nobody knows. */
  readonly costOf: (usage: TurnUsage) => number | null;
  readonly broadcast: (message: Extract<RoomServerMessage, { type: 'usage' | 'notice' }>) => void;
  /** More or less is left than before. */
  readonly onLevel: (state: BudgetState) => void;
  readonly onError: (error: unknown) => void;
}

type UsageMessage = Extract<RoomServerMessage, { type: 'usage' | 'notice' }>;

/** Everybody is told at most once in this time, in milliseconds. */
const TELL_EVERY_MS = 2_000;

/** Holds a room to its budget, and tells everybody what it uses. The turn that spends the last of it comes to its end. */
export class RoomMetering {
  readonly #options: RoomMeteringOptions;
  #state: BudgetState = { level: 'fine', reason: '' };
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;

  constructor(options: RoomMeteringOptions) {
    this.#options = options;
    this.#state = this.#judge();
  }

  get meter(): RoomMeter {
    return this.#options.meter;
  }

  get usage(): RoomUsage {
    return { ...this.meter.total, budget: this.#state.level };
  }

  /** How the room stands by the budget of this moment. */
  get state(): BudgetState {
    this.#check();
    return this.#state;
  }

  /** A turn has ended. @returns its cost. */
  turn(usage: TurnUsage, askers: readonly EntryActor[]): number | null {
    const cost = this.#cost(usage);
    this.meter.turn(usage, askers, cost);
    this.#check();
    this.#tellSoon();
    return cost;
  }

  /** What a newcomer has missed. */
  get missed(): readonly UsageMessage[] {
    if (this.meter.turns === 0) return [];
    const { level } = this.#state;
    return [{ type: 'usage', usage: this.usage }, ...(level === 'fine' ? [] : [this.#notice()])];
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #check(): void {
    const before = this.#state;
    this.#state = this.#judge();
    if (this.#state.level === before.level) return;
    if (this.#state.level !== 'fine') this.#options.broadcast(this.#notice());
    this.#options.onLevel(this.#state);
  }

  #notice(): Extract<UsageMessage, { type: 'notice' }> {
    const code = this.#state.level === 'spent' ? 'ERR_BUDGET_SPENT' : 'budgetLow';
    return { type: 'notice', code, message: this.#state.reason };
  }

  #judge(): BudgetState {
    const { budget, meter, onError, room } = this.#options;
    try {
      return judge(meter, budget(room()));
    } catch (error) {
      // The application could not say: as before.
      onError(error);
      return this.#state;
    }
  }

  #cost(usage: TurnUsage): number | null {
    try {
      return this.#options.costOf(usage);
    } catch (error) {
      this.#options.onError(error);
      return null;
    }
  }

  #tellSoon(): void {
    if (this.#timer) return;
    const { clock } = this.#options;
    const waitMs = this.#toldAt + TELL_EVERY_MS - clock.monotonic();
    if (waitMs <= 0) this.#tell();
    else this.#timer = clock.setTimer(waitMs, () => this.#tell());
  }

  #tell(): void {
    this.#timer = null;
    this.#toldAt = this.#options.clock.monotonic();
    this.#options.broadcast({ type: 'usage', usage: this.usage });
  }
}
