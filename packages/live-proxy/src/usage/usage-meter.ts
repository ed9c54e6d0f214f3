import { parseServerMessage, type UsageMetadata } from '@colloquy/live-protocol';
import { readUsage } from './read-usage.ts';
import { joinTurns, noTurn, type SessionUsage, type TurnUsage, toSplit } from './session-usage.ts';

/** Options of {@link UsageMeter}. */
export interface UsageMeterOptions {
  /** What a turn costs; `null` where nobody knows. */
  readonly costOf: (turn: TurnUsage) => number | null;
  /** A turn has ended, and the service has said what it took. */
  readonly onTurn: (turn: TurnUsage, turnCost: number | null, total: SessionUsage) => void;
}

const turnComplete = Buffer.from('"turnComplete"');
const add = (a: number, b: number): number => a + b;

/**
 * Adds up what one session uses. The service tells the counts of a turn once or several times until its end, each time
 * anew and sometimes only parts of them, so of one turn the largest counts are taken.
 */
export class UsageMeter {
  readonly #options: UsageMeterOptions;
  #sum: TurnUsage = noTurn;
  #turns = 0;
  #cost: number | null = null;
  /** Counts of the turn under way. */
  #open: TurnUsage | null = null;
  /** The turn before ended without counts: they may follow. */
  #isLate = false;
  #audioSecondsIn = 0;
  #audioSecondsOut = 0;
  #pictures = 0;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  get total(): SessionUsage {
    return {
      ...this.#sum,
      turns: this.#turns,
      audioSecondsIn: round(this.#audioSecondsIn),
      audioSecondsOut: round(this.#audioSecondsOut),
      pictures: this.#pictures,
      cost: this.#cost,
    };
  }

  /** The client sent sound or a picture. */
  received(media: { readonly kind: 'audio' | 'picture'; readonly audioSeconds: number }): void {
    this.#audioSecondsIn += media.audioSeconds;
    if (media.kind === 'picture') this.#pictures += 1;
  }

  /** The service sent sound. */
  spoke(audioSeconds: number): void {
    this.#audioSecondsOut += audioSeconds;
  }

  /** The service sent a message that is more than media. */
  told(message: Buffer): void {
    const usage = readUsage(message);
    const isEnd = message.includes(turnComplete);
    if (usage === null && !isEnd) return;
    const turn = usage === null ? null : toTurn(usage);
    if (turn !== null && turn.totalTokens > 0) {
      this.#open = this.#open === null ? turn : joinTurns(this.#open, turn, Math.max);
    }
    if (!isEnd && !this.#isLate) return;
    const ended = this.#open;
    this.#open = null;
    this.#isLate = ended === null;
    if (ended !== null) this.#count(ended);
  }

  #count(turn: TurnUsage): void {
    this.#turns += 1;
    this.#sum = joinTurns(this.#sum, turn, add);
    const cost = this.#options.costOf(turn);
    if (cost !== null) this.#cost = (this.#cost ?? 0) + cost;
    this.#options.onTurn(turn, cost, this.total);
  }
}

function toTurn(raw: UsageMetadata): TurnUsage | null {
  const event = parseServerMessage({ usageMetadata: raw }).find(({ type }) => type === 'usage');
  if (event?.type !== 'usage') return null;
  const { usage } = event;
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

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
