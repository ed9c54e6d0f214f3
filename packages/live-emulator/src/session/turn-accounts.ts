import type { ServerMessage, UsageMetadata } from '@colloquy/live-protocol';
import type { Profile } from '../profile.ts';
import type { Unverified } from '../unverified.ts';
import { audioTokens, type Conversation, type TokenCounts, textTokens } from './conversation.ts';
import type { Turn } from './turn.ts';
import { toPromptUsage, toUsageMetadata } from './usage.ts';

/** Options of {@link TurnAccounts}. */
export interface TurnAccountsOptions {
  readonly profile: Profile;
  readonly unverified: Unverified;
  readonly conversation: Conversation;
}

/** What turns cost, and where it is told. */
export class TurnAccounts {
  readonly #options: TurnAccountsOptions;

  constructor(options: TurnAccountsOptions) {
    this.#options = options;
  }

  /** What a turn costs to begin with, as a message; `null` where that is not told before its end. */
  prompt(systemInstruction: string): ServerMessage | null {
    const { unverified, profile } = this.#options;
    if (unverified.usage !== 'early' && unverified.usage !== 'alone') return null;
    const usageMetadata = toPromptUsage(this.#promptTokens(systemInstruction), profile);
    return unverified.usage === 'early' ? { serverContent: {}, usageMetadata } : { usageMetadata };
  }

  /** What goes with `turnComplete`, before the answer is added to the conversation; `null` when it is not told. */
  final(turn: Turn, systemInstruction: string): UsageMetadata | null {
    const { unverified, profile } = this.#options;
    const prompt = this.#promptTokens(systemInstruction);
    const cost = { prompt, response: this.#responseTokens(turn), thoughtTokens: turn.thoughtTokens };
    switch (unverified.usage) {
      case 'withTurnComplete':
        return { ...toUsageMetadata(cost, profile, unverified.totalIncludesThoughts), ...turn.ending.usage };
      case 'early':
      case 'alone':
        return turn.ending.usage;
      case 'never':
        return null;
      default:
        return unverified.usage satisfies never;
    }
  }

  /** Seconds of speech that cost as speech. */
  billedSeconds(turn: Turn): number {
    return this.#options.profile.manner.billsSpeechAsText ? 0 : turn.sentAudioSeconds;
  }

  #responseTokens(turn: Turn): TokenCounts {
    const audio = audioTokens(this.billedSeconds(turn));
    return { text: audio > 0 ? 0 : textTokens(turn.sentText), audio, picture: 0 };
  }

  #promptTokens(systemInstruction: string): TokenCounts {
    const prompt = this.#options.conversation.tokens();
    return { ...prompt, text: prompt.text + textTokens(systemInstruction) };
  }
}
