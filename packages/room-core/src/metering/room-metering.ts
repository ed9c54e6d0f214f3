import type { EntryActor, RoomInfo, RoomServerMessage, RoomUsage, TurnUsage } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import { type BudgetModality, judgeParts, type PartState, type PartStates, partRefusal } from './part-budgets.ts';
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
  /** To one person, wherever they are connected. */
  readonly tell: (participantId: string, message: NoticeMessage) => void;
  /** More or less is left than before. */
  readonly onLevel: (state: BudgetState) => void;
  readonly onError: (error: unknown) => void;
}

/** Why the model is not asked what somebody wrote. */
export interface BudgetRefusal {
  readonly code: string;
  /** In words for people. */
  readonly message: string;
}

type UsageMessage = Extract<RoomServerMessage, { type: 'usage' | 'notice' }>;
type NoticeMessage = Extract<RoomServerMessage, { type: 'notice' }>;

/** Everybody is told at most once in this time, in milliseconds. */
const TELL_EVERY_MS = 2_000;
/** While sound and pictures are kept back, whether a budget was raised is asked at most once in this time, in milliseconds. */
const ASK_EVERY_MS = 2_000;

/** Holds a room to its budget, and tells everybody what it uses. The turn that spends the last of it comes to its end. */
export class RoomMetering {
  readonly #options: RoomMeteringOptions;
  #state: BudgetState = { level: 'fine', reason: '' };
  #parts: PartStates = new Map();
  #askedAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;

  constructor(options: RoomMeteringOptions) {
    this.#options = options;
    this.#judge();
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

  /** Why the model is not asked what this person wrote, by the budget of this moment; `null`: it is. */
  refusal(participantId: string): BudgetRefusal | null {
    const { level, reason } = this.state;
    if (level === 'spent') return { code: 'ERR_BUDGET_SPENT', message: reason };
    return partRefusal(this.#parts, participantId, 'text');
  }

  /** Whether the model may be sent this person's sound or pictures. For every frame: knows of a raised budget soon. */
  allows(participantId: string, modality: BudgetModality): boolean {
    const isRefused = () => partRefusal(this.#parts, participantId, modality) !== null;
    if (!isRefused()) return true;
    if (this.#options.clock.monotonic() - this.#askedAt < ASK_EVERY_MS) return false;
    this.#check();
    return !isRefused();
  }

  /** What this newcomer has missed. */
  missed(participantId: string): readonly UsageMessage[] {
    if (this.meter.turns === 0) return [];
    const { level } = this.#state;
    const parts = [...this.#parts.values()].filter((part) => [null, participantId].includes(part.participantId));
    return [
      { type: 'usage', usage: this.usage },
      ...(level === 'fine' ? [] : [this.#notice()]),
      ...parts.map(toNotice),
    ];
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #check(): void {
    const before = this.#state;
    const parts = this.#parts;
    this.#judge();
    for (const [name, part] of this.#parts) if (part.level !== parts.get(name)?.level) this.#tellPart(part);
    if (this.#state.level === before.level) return;
    if (this.#state.level !== 'fine') this.#options.broadcast(this.#notice());
    this.#options.onLevel(this.#state);
    // The level is part of the usage, also where no turn has ended: a budget was changed, or somebody asked in vain.
    this.#tellSoon();
  }

  #tellPart(part: PartState): void {
    const { broadcast, tell } = this.#options;
    if (part.participantId === null) broadcast(toNotice(part));
    else tell(part.participantId, toNotice(part));
  }

  #notice(): NoticeMessage {
    const code = this.#state.level === 'spent' ? 'ERR_BUDGET_SPENT' : 'budgetLow';
    return { type: 'notice', code, message: this.#state.reason };
  }

  #judge(): void {
    const { budget, clock, meter, onError, room } = this.#options;
    this.#askedAt = clock.monotonic();
    try {
      const limits = budget(room());
      this.#state = judge(meter, limits);
      const { perModality, perPerson } = limits;
      this.#parts = perModality || perPerson ? judgeParts(meter.total, limits) : new Map();
    } catch (error) {
      // The application could not say: as before.
      onError(error);
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

function toNotice({ code, message }: PartState): NoticeMessage {
  return { type: 'notice', code, message };
}
