import type { MediaModality } from '../gemini/messages.ts';
import type { TokenUsage } from '../gemini/server-event.ts';

/** Tokens of one side. The parts need not add up: what the service gives no kind for is in `total` only. */
export interface TokenSplit {
  readonly text: number;
  readonly audio: number;
  readonly image: number;
  readonly video: number;
  readonly document: number;
  readonly total: number;
}

/** What a turn cost, as the service told it. */
export interface TurnUsage {
  /** The whole context that the turn was answered from. */
  readonly prompt: TokenSplit;
  readonly response: TokenSplit;
  readonly thoughtTokens: number;
  readonly toolUseTokens: number;
  /** Of the prompt, what came from a cache. */
  readonly cachedTokens: number;
  /** All together; what budgets count. */
  readonly totalTokens: number;
}

const fieldOf: Readonly<Partial<Record<MediaModality, Exclude<keyof TokenSplit, 'total'>>>> = {
  TEXT: 'text',
  AUDIO: 'audio',
  IMAGE: 'image',
  VIDEO: 'video',
  DOCUMENT: 'document',
};

const noTokens: TokenSplit = { text: 0, audio: 0, image: 0, video: 0, document: 0, total: 0 };

/** Nothing was used. */
export const NO_USAGE: TurnUsage = {
  prompt: noTokens,
  response: noTokens,
  thoughtTokens: 0,
  toolUseTokens: 0,
  cachedTokens: 0,
  totalTokens: 0,
};

/** The counts of the service, sorted by kind. */
function toSplit(
  total: number,
  details: readonly { readonly modality: MediaModality; readonly tokenCount: number }[],
): TokenSplit {
  const split = { ...noTokens, total };
  for (const { modality, tokenCount } of details) {
    const field = fieldOf[modality];
    if (field !== undefined) split[field] += tokenCount;
  }
  return split;
}

/** Joins two counts, number by number, such as by adding. */
export function joinTurns(a: TurnUsage, b: TurnUsage, join: (a: number, b: number) => number): TurnUsage {
  return {
    prompt: joinSplits(a.prompt, b.prompt, join),
    response: joinSplits(a.response, b.response, join),
    thoughtTokens: join(a.thoughtTokens, b.thoughtTokens),
    toolUseTokens: join(a.toolUseTokens, b.toolUseTokens),
    cachedTokens: join(a.cachedTokens, b.cachedTokens),
    totalTokens: join(a.totalTokens, b.totalTokens),
  };
}

function joinSplits(a: TokenSplit, b: TokenSplit, join: (a: number, b: number) => number): TokenSplit {
  return {
    text: join(a.text, b.text),
    audio: join(a.audio, b.audio),
    image: join(a.image, b.image),
    video: join(a.video, b.video),
    document: join(a.document, b.document),
    total: join(a.total, b.total),
  };
}

/** The counts that the service told, under one name each. */
export function toTurnUsage(usage: TokenUsage): TurnUsage {
  const { promptTokenCount, responseTokenCount, thoughtsTokenCount, toolUsePromptTokenCount } = usage;
  // Whether the total holds the thoughts differs from model to model.
  const sum = promptTokenCount + responseTokenCount + thoughtsTokenCount + toolUsePromptTokenCount;
  return {
    prompt: toSplit(promptTokenCount, usage.promptTokensDetails),
    response: toSplit(responseTokenCount, usage.responseTokensDetails),
    thoughtTokens: thoughtsTokenCount,
    toolUseTokens: toolUsePromptTokenCount,
    cachedTokens: usage.cachedContentTokenCount,
    totalTokens: Math.max(usage.totalTokenCount, sum),
  };
}
