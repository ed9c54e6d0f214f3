import type { TokenSplit, TurnUsage } from './turn-usage.ts';

/** Prices of a million tokens. A kind without a price costs what text does. */
export interface TokenPrices {
  readonly text: number;
  readonly audio?: number;
  readonly image?: number;
  readonly video?: number;
  readonly document?: number;
}

/** What the tokens of one model cost. */
export interface ModelPrices {
  readonly prompt: TokenPrices;
  /** Thoughts count as text of it. */
  readonly response: TokenPrices;
  /** Prompt tokens that came from a cache. @defaultValue as the others */
  readonly cachedPrompt?: number;
}

/**
 * Prices by the model's id, such as `gemini-3.8-live`; `*` is for all others. In whatever currency you like: this package
 * knows no price of Google's, which change.
 */
export type PriceTable = Readonly<Record<string, ModelPrices>>;

const million = 1_000_000;
const kinds = ['text', 'audio', 'image', 'video', 'document'] as const;

/**
 * Refuses a table that would count wrongly. `owner`: whose option it is, for the message.
 *
 * @throws TypeError that names the price
 */
export function checkPrices(table: PriceTable, owner: string): PriceTable {
  const fail = (name: string, value: unknown): never => {
    throw new TypeError(`${owner}: prices.${name} is ${String(value)}; write the price of a million tokens.`);
  };
  for (const [model, prices] of Object.entries(table)) {
    for (const side of ['prompt', 'response'] as const) {
      const given: Partial<Record<string, unknown>> = { ...prices[side] };
      if (given.text === undefined) fail(`${model}.${side}.text`, undefined);
      for (const [kind, price] of Object.entries(given)) {
        if (!(kinds as readonly string[]).includes(kind)) {
          throw new TypeError(
            `${owner}: prices.${model}.${side}.${kind} is no kind of tokens; kinds are ${kinds.join(', ')}.`,
          );
        }
        if (!isPrice(price)) fail(`${model}.${side}.${kind}`, price);
      }
    }
    if (prices.cachedPrompt !== undefined && !isPrice(prices.cachedPrompt)) {
      fail(`${model}.cachedPrompt`, prices.cachedPrompt);
    }
  }
  return table;
}

/** What a turn costs; `null` where the table has no price for the model, given by its resource name. */
export function costOf(turn: TurnUsage, model: string, table: PriceTable): number | null {
  const id = model.slice(model.lastIndexOf('/') + 1);
  const prices = Object.hasOwn(table, id) ? table[id] : table['*'];
  if (prices === undefined) return null;
  const { prompt, response, cachedPrompt = prices.prompt.text } = prices;
  return (
    (costOfSide(turn.prompt, prompt) +
      costOfSide(turn.response, response) +
      turn.toolUseTokens * prompt.text +
      turn.thoughtTokens * response.text +
      turn.cachedTokens * (cachedPrompt - prompt.text)) /
    million
  );
}

function costOfSide(tokens: TokenSplit, prices: TokenPrices): number {
  let known = 0;
  let cost = 0;
  for (const kind of kinds) {
    known += tokens[kind];
    cost += tokens[kind] * (prices[kind] ?? prices.text);
  }
  return cost + Math.max(0, tokens.total - known) * prices.text;
}

function isPrice(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
