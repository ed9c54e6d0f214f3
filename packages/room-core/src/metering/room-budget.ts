import type { BudgetLevel, RoomInfo } from '@colloquy/live-protocol';
import type { RoomMeter } from './room-meter.ts';

/** What a room may use of its model; `0` turns a limit off. Cost is in the currency of the prices. */
export interface RoomBudget {
  /** Above it the model is shown a quarter of the pictures, and a fresh session is told a quarter of the past. */
  readonly softTokens?: number;
  /** Above it the model leaves; people stay. */
  readonly hardTokens?: number;
  readonly softCost?: number;
  readonly hardCost?: number;
}

/** The same for every room, or asked for each whenever it counts, so that it may be raised. */
export type RoomBudgetOption = RoomBudget | ((room: RoomInfo) => RoomBudget);

const names = ['softTokens', 'hardTokens', 'softCost', 'hardCost'] as const;

/** @throws TypeError, RangeError that names the limit */
export function checkBudget(option: RoomBudgetOption = {}): (room: RoomInfo) => RoomBudget {
  if (typeof option === 'function') return option;
  for (const [name, value] of Object.entries(option)) {
    if (!(names as readonly string[]).includes(name)) throw new TypeError(`"budget.${name}" is not known.`);
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`"budget.${name}" must be a number from 0; it is ${String(value)}.`);
    }
  }
  return () => option;
}

/** How a room stands, and which limit made it so. */
export interface BudgetState {
  readonly level: BudgetLevel;
  /** In words for people; empty while all is fine. */
  readonly reason: string;
}

/** Compares what was used with what may be. */
export function judge(meter: Pick<RoomMeter, 'tokens' | 'cost'>, budget: RoomBudget): BudgetState {
  const used = { Tokens: meter.tokens, Cost: meter.cost ?? 0 };
  for (const [level, prefix] of [
    ['spent', 'hard'],
    ['low', 'soft'],
  ] as const) {
    for (const unit of ['Tokens', 'Cost'] as const) {
      const limit = budget[`${prefix}${unit}`] ?? 0;
      if (limit > 0 && used[unit] >= limit) return { level, reason: WORDS[level] };
    }
  }
  return { level: 'fine', reason: '' };
}

const WORDS = {
  low: 'The budget of this room is nearly spent: the model sees fewer pictures.',
  spent: 'The budget of this room is spent: the model has left.',
} as const;
