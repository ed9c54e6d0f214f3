import type { BrainHistoryEntry, BrainInput } from '../brain/brain.ts';
import type { CompressionConfiguration } from './configuration.ts';
import { audioTokens, type Conversation, inputTokens, sumTokens } from './conversation.ts';
import type { SessionRecord } from './session-record.ts';

/** Options of {@link ContextWindow}. */
export interface ContextWindowOptions {
  readonly conversation: Conversation;
  /** `null`: nothing is dropped, and a full window ends the session. */
  readonly compression: CompressionConfiguration | null;
  /** What the model can keep in mind, in tokens; `0` for everything. */
  readonly tokens: number;
  /** What is there before anybody has said anything: preamble and system instruction, in tokens. */
  readonly overheadTokens: () => number;
  readonly record: SessionRecord;
  readonly onFull: () => void;
}

/** What the model has in mind and what came since its last turn, against what it can hold. */
export class ContextWindow {
  readonly #options: ContextWindowOptions;
  /** Audio without speech that counts all the same, in seconds. */
  #pendingSilence = 0;

  constructor(options: ContextWindowOptions) {
    this.#options = options;
  }

  /** Adds to what the next turn answers. */
  add(item: BrainInput): void {
    this.#options.conversation.pending.push(item);
    this.#hold();
  }

  /** Adds audio in which nobody spoke. */
  addSilence(seconds: number): void {
    this.#pendingSilence += seconds;
    this.#hold();
  }

  /** Begins a turn with all that came: hands it out, and nothing is pending any more. */
  take(): BrainInput[] {
    return this.#options.conversation.pending.splice(0);
  }

  /**
   * Makes room for the `input` of a turn where compression is on, and moves it into the conversation. Returns what was
   * said before; `null` when it does not fit, which ends the session.
   */
  open(input: readonly BrainInput[]): readonly BrainHistoryEntry[] | null {
    const { conversation, compression, overheadTokens, record, tokens: most, onFull } = this.#options;
    const silence = this.#pendingSilence;
    this.#pendingSilence = 0;
    const before = overheadTokens() + tokensOf(input) + silenceTokens(silence);
    const dropped = compression ? conversation.compress(compression, before) : 0;
    const history = [...conversation.history];
    conversation.addInput(input);
    conversation.addSilence(rounded(silence));
    const tokens = overheadTokens() + sumTokens(conversation.tokens());
    record.contextCounted(tokens, dropped);
    if (most === 0 || tokens <= most) return history;
    onFull();
    return null;
  }

  /** What comes in counts when it comes, not when it is answered: nobody has to speak for the window to be full. */
  #hold(): void {
    const { conversation, compression, overheadTokens, record, tokens: most, onFull } = this.#options;
    if (compression) {
      this.#shed(compression.targetTokens);
      return;
    }
    if (most === 0) return;
    const pending = tokensOf(conversation.pending) + silenceTokens(this.#pendingSilence);
    const tokens = overheadTokens() + sumTokens(conversation.tokens()) + pending;
    if (tokens <= most) return;
    record.contextCounted(tokens, 0);
    onFull();
  }

  /** A camera that is on for hours while nobody speaks must not fill what compression keeps free. */
  #shed(mostTokens: number): void {
    this.#pendingSilence = Math.min(this.#pendingSilence, mostTokens / audioTokens(1));
    const isPicture = (item: BrainInput): boolean => item.type === 'picture';
    const { pending } = this.#options.conversation;
    const pictures = pending.filter(isPicture);
    if (pictures.length < 2 || tokensOf(pictures) <= mostTokens) return;
    pending.splice(pending.findIndex(isPicture), 1);
  }
}

function silenceTokens(seconds: number): number {
  return audioTokens(rounded(seconds));
}

/** To the millisecond: many small pieces add up to a little more than they are. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function tokensOf(input: readonly BrainInput[]): number {
  return input.reduce((sum, item) => sum + sumTokens(inputTokens(item)), 0);
}
