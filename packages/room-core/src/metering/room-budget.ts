import type { BudgetLevel, RoomInfo } from '@colloquy/live-protocol';
import type { BudgetModality, PartBudgets } from './part-budgets.ts';
import type { RoomMeter } from './room-meter.ts';

/** What a room may use of its model; `0` turns a limit off. Cost is in the currency of the prices. */
export interface RoomBudget extends PartBudgets {
  /** Above it the model is shown a quarter of the pictures, and a fresh session is told a quarter of the past. */
  readonly softTokens?: number;
  /** Above it the model leaves; people stay. */
  readonly hardTokens?: number;
  readonly softCost?: number;
  readonly hardCost?: number;
}

/** The same for every room, or asked for each whenever it counts, so that it may be raised. */
export type RoomBudgetOption = RoomBudget | ((room: RoomInfo) => RoomBudget);

const tokens = ['softTokens', 'hardTokens'];
const modalities: readonly BudgetModality[] = ['text', 'audio', 'image'];

/** @throws TypeError, RangeError that names the limit */
export function checkBudget(option: RoomBudgetOption = {}): (room: RoomInfo) => RoomBudget {
  if (typeof option === 'function') return option;
  const { perPerson, perModality, ...whole } = option;
  checkLimits('budget', whole, [...tokens, 'softCost', 'hardCost']);
  if (perPerson !== undefined) checkLimits('budget.perPerson', perPerson, tokens);
  if (perModality === undefined) return () => option;
  for (const [name, limits] of entriesOf('budget.perModality', perModality, modalities)) {
    if (limits !== undefined) checkLimits(`budget.perModality.${name}`, limits, tokens);
  }
  return () => option;
}

function checkLimits(path: string, limits: object, names: readonly string[]): void {
  for (const [name, value] of entriesOf(path, limits, names)) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`"${path}.${name}" must be a number from 0; it is ${String(value)}.`);
    }
  }
}

function entriesOf(path: string, value: object, names: readonly string[]) {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`"${path}" must be an object with ${names.join(', ')}; it is ${String(value)}.`);
  }
  const entries = Object.entries(value);
  for (const [name] of entries) if (!names.includes(name)) throw new TypeError(`"${path}.${name}" is not known.`);
  return entries;
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
