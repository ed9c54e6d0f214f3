import {
  joinTurns,
  NO_USAGE,
  parseServerMessage,
  TurnCounter,
  type TurnUsage,
  toTurnUsage,
  type UsageMetadata,
} from '@colloquy/live-protocol';
import type { SessionUsage } from './session-usage.ts';
import { readTurnNews } from './turn-news.ts';

/** Options of {@link UsageMeter}. */
export interface UsageMeterOptions {
  /** What a turn costs; `null` where nobody knows. */
  readonly costOf: (turn: TurnUsage) => number | null;
  /** A turn has ended, and the service has said what it took. */
  readonly onTurn: (turn: TurnUsage, turnCost: number | null, total: SessionUsage) => void;
}

const add = (a: number, b: number): number => a + b;

/** Adds up what one session uses. */
export class UsageMeter {
  readonly #options: UsageMeterOptions;
  #sum: TurnUsage = NO_USAGE;
  #turns = 0;
  #cost: number | null = null;
  readonly #counter = new TurnCounter();
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
    const news = readTurnNews(message);
    if (news === null) return;
    const { usage, isEnd, audioSeconds } = news;
    this.#audioSecondsOut += audioSeconds;
    if (usage === null && !isEnd) return;
    const ended = this.#counter.told(usage === null ? null : toTurn(usage), isEnd);
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
  return event?.type === 'usage' ? toTurnUsage(event.usage) : null;
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
