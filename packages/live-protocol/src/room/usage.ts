import type { TurnUsage } from '../usage/turn-usage.ts';

/** What one person's words and voice took, as derived: a turn that answers several people is shared equally. */
export interface PersonUsage extends TurnUsage {
  readonly participantId: string;
  readonly name: string;
  /** Seconds of speech that the model heard of them. */
  readonly speechSeconds: number;
}

/** How much of a room's budget is left. */
export type BudgetLevel = 'fine' | 'low' | 'spent';

/** What a room has used of its model. */
export interface RoomUsage extends TurnUsage {
  /** Turns that the service has given counts for. */
  readonly turns: number;
  /** Seconds of mixed audio to the model. */
  readonly audioSecondsIn: number;
  /** Seconds of the model's voice. */
  readonly audioSecondsOut: number;
  /** Pictures shown to the model. */
  readonly pictures: number;
  /** By the application's prices; `null` without a price for the model. */
  readonly cost: number | null;
  /** `low`: the model is shown fewer pictures and told less of the past; `spent`: it has left. */
  readonly budget: BudgetLevel;
  readonly people: readonly PersonUsage[];
}
