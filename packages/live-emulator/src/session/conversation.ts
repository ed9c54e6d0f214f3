import type { BrainHistoryEntry, BrainInput } from '../brain/brain.ts';
import type { CompressionConfiguration } from './configuration.ts';

/** Billing rates of the real service. */
const AUDIO_TOKENS_PER_SECOND = 25;
const PICTURE_TOKENS = 258;
const CHARACTERS_PER_TOKEN = 4;

/** Tokens by what they are made of. */
export interface TokenCounts {
  readonly text: number;
  readonly audio: number;
  readonly picture: number;
}

/** One turn of either side with what it costs. */
export interface ConversationEntry extends BrainHistoryEntry {
  readonly tokens: TokenCounts;
}

/** A conversation at one moment; what a resumption handle stands for. */
export interface ConversationSnapshot {
  readonly entries: readonly ConversationEntry[];
  readonly turns: number;
  readonly askings: number;
  readonly pictures: number;
  readonly pending: readonly BrainInput[];
}

/** What was said so far, and what it costs to keep in mind. */
export class Conversation {
  #entries: ConversationEntry[];
  #turns: number;
  #askings: number;
  #pictures: number;
  /** What came since the last turn began, and waits for the next. */
  readonly pending: BrainInput[];

  constructor(snapshot: ConversationSnapshot = { entries: [], turns: 0, askings: 0, pictures: 0, pending: [] }) {
    this.#entries = [...snapshot.entries];
    this.#turns = snapshot.turns;
    this.#askings = snapshot.askings;
    this.#pictures = snapshot.pictures;
    this.pending = [...snapshot.pending];
  }

  /** Turns of the model that have begun. */
  get turns(): number {
    return this.#turns;
  }

  /** Pictures received, whether they counted or not. */
  get pictures(): number {
    return this.#pictures;
  }

  get history(): readonly BrainHistoryEntry[] {
    return this.#entries;
  }

  snapshot(): ConversationSnapshot {
    return {
      entries: [...this.#entries],
      turns: this.#turns,
      askings: this.#askings,
      pictures: this.#pictures,
      pending: [...this.pending],
    };
  }

  /** Returns the number of the turn that begins, `1` for the first. */
  beginTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** Returns how often the brain was asked, this time included. */
  countAsking(): number {
    this.#askings += 1;
    return this.#askings;
  }

  countPicture(): void {
    this.#pictures += 1;
  }

  /** Adds what reached the model. Texts that the client gives as the model's own become turns of the model. */
  addInput(input: readonly BrainInput[]): void {
    for (const item of input) {
      const role = item.type === 'text' ? item.role : 'user';
      this.#add(role, inputText(item), inputTokens(item));
    }
  }

  /** Adds audio in which nobody spoke, where it counts. */
  addSilence(seconds: number): void {
    if (seconds > 0) this.#add('user', '', { text: 0, audio: audioTokens(seconds), picture: 0 });
  }

  /** Adds what the model really sent. */
  addAnswer(text: string, audioSeconds: number): void {
    if (text === '' && audioSeconds === 0) return;
    const audio = audioTokens(audioSeconds);
    this.#add('model', text, { text: audio > 0 ? 0 : textTokens(text), audio, picture: 0 });
  }

  /** Tokens of the whole context. */
  tokens(): TokenCounts {
    return this.#entries.map((entry) => entry.tokens).reduce(addTokens, { text: 0, audio: 0, picture: 0 });
  }

  /**
   * Drops the oldest turns when the context with `overhead` has passed the trigger; keeps from a user's turn on. Returns
   * how many were dropped.
   */
  compress(rule: CompressionConfiguration, overhead: number): number {
    let tokens = overhead + sumTokens(this.tokens());
    if (tokens <= rule.triggerTokens) return 0;
    let dropped = 0;
    for (const entry of this.#entries) {
      if (tokens <= rule.targetTokens && entry.role !== 'model') break;
      tokens -= sumTokens(entry.tokens);
      dropped += 1;
    }
    this.#entries.splice(0, dropped);
    return dropped;
  }

  #add(role: 'user' | 'model', text: string, tokens: TokenCounts): void {
    const last = this.#entries.at(-1);
    // Pieces of one turn stay together, so that a cut never leaves half of a turn.
    if (last?.role === role) {
      const joined = [last.text, text].filter((piece) => piece !== '').join('\n');
      this.#entries[this.#entries.length - 1] = { role, text: joined, tokens: addTokens(last.tokens, tokens) };
    } else {
      this.#entries.push({ role, text, tokens });
    }
  }
}

/** Tokens of a text, about. */
export function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Tokens of all kinds. */
export function sumTokens(tokens: TokenCounts): number {
  return tokens.text + tokens.audio + tokens.picture;
}

/** Tokens of speech of this length. */
export function audioTokens(seconds: number): number {
  return Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND);
}

function addTokens(a: TokenCounts, b: TokenCounts): TokenCounts {
  return { text: a.text + b.text, audio: a.audio + b.audio, picture: a.picture + b.picture };
}

function inputText(item: BrainInput): string {
  if (item.type === 'picture') return '';
  return item.type === 'toolResult' ? '' : item.text;
}

/** What an input costs. */
export function inputTokens(item: BrainInput): TokenCounts {
  const none = { text: 0, audio: 0, picture: 0 };
  switch (item.type) {
    case 'text':
      return { ...none, text: textTokens(item.text) };
    case 'speech':
      return { ...none, audio: audioTokens(item.seconds) };
    case 'picture':
      return { ...none, picture: PICTURE_TOKENS };
    case 'toolResult':
      return { ...none, text: textTokens(JSON.stringify(item.response)) };
    default:
      return item satisfies never;
  }
}
