import type { BudgetLevel, RoomUsage } from '@colloquy/live-protocol';

/** Tokens that a part of what a room uses may come to; `0` turns a limit off. */
export interface PartBudget {
  /** Above it people are told. */
  readonly softTokens?: number;
  /** Above it this part is kept from the model; all else goes on. */
  readonly hardTokens?: number;
}

/** In what the model is asked: written, said, or shown. */
export type BudgetModality = 'text' | 'audio' | 'image';

/** What the parts of a room's use may come to. */
export interface PartBudgets {
  /** For each person: the turns that answered their words, as far as is known. */
  readonly perPerson?: PartBudget;
  /** Tokens of one kind, to the model and from it; those of video count as `image`. */
  readonly perModality?: Readonly<Partial<Record<BudgetModality, PartBudget>>>;
}

/** Why something is kept from the model, or soon will be. */
export interface PartState {
  readonly level: Exclude<BudgetLevel, 'fine'>;
  /** Whom it concerns; `null`: everybody. */
  readonly participantId: string | null;
  readonly code: 'shareLow' | 'ERR_SHARE_SPENT' | 'modalityLow' | 'ERR_MODALITY_SPENT';
  /** In words for people. */
  readonly message: string;
}

/** The parts that are not fine, by {@link personPart} or modality. */
export type PartStates = ReadonlyMap<string, PartState>;

const MODALITIES = ['text', 'audio', 'image'] as const;

const MODALITY_WORDS = {
  text: ['texts', 'the model is asked none any more. Speak to it instead.'],
  audio: ['sound', 'the model hears nobody any more. Write to it instead.'],
  image: ['pictures', 'the model is shown none any more.'],
} as const;

/** Name of a person's part; no modality is called so. */
export function personPart(participantId: string): string {
  return `person ${participantId}`;
}

/** Compares what the parts of a room have used with what they may. */
export function judgeParts(used: Pick<RoomUsage, 'prompt' | 'response' | 'people'>, budgets: PartBudgets): PartStates {
  const states = new Map<string, PartState>();
  for (const modality of MODALITIES) {
    const level = levelOf(tokensOf(used, modality), budgets.perModality?.[modality]);
    if (level !== 'fine') states.set(modality, modalityState(modality, level));
  }
  if (!budgets.perPerson) return states;
  for (const { participantId, totalTokens } of used.people) {
    const level = levelOf(totalTokens, budgets.perPerson);
    if (level !== 'fine') states.set(personPart(participantId), personState(participantId, level));
  }
  return states;
}

/** Why this, from this person, is kept from the model; `null`: it is not. */
export function partRefusal(states: PartStates, participantId: string, modality: BudgetModality): PartState | null {
  const found = [states.get(personPart(participantId)), states.get(modality)];
  return found.find((state) => state?.level === 'spent') ?? null;
}

function levelOf(tokens: number, { softTokens = 0, hardTokens = 0 }: PartBudget = {}): BudgetLevel {
  if (hardTokens > 0 && tokens >= hardTokens) return 'spent';
  return softTokens > 0 && tokens >= softTokens ? 'low' : 'fine';
}

function tokensOf({ prompt, response }: Pick<RoomUsage, 'prompt' | 'response'>, modality: BudgetModality): number {
  const sum = prompt[modality] + response[modality];
  return modality === 'image' ? sum + prompt.video + response.video : sum;
}

function modalityState(modality: BudgetModality, level: PartState['level']): PartState {
  const [what, effect] = MODALITY_WORDS[modality];
  return level === 'low'
    ? {
        level,
        participantId: null,
        code: 'modalityLow',
        message: `The budget of this room for ${what} is nearly spent.`,
      }
    : {
        ...{ level, participantId: null, code: 'ERR_MODALITY_SPENT' },
        message: `The budget of this room for ${what} is spent: ${effect}`,
      };
}

function personState(participantId: string, level: PartState['level']): PartState {
  return level === 'low'
    ? { level, participantId, code: 'shareLow', message: "Your share of this room's budget is nearly spent." }
    : {
        ...{ level, participantId, code: 'ERR_SHARE_SPENT' },
        message: "Your share of this room's budget is spent: the model gets nothing more of you; people do.",
      };
}
