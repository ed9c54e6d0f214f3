import type { EntryActor, NewEntry } from '@colloquy/live-protocol';
import { AnswerTrace } from './answer-trace.ts';
import type { AskingEntry } from './asking-texts.ts';

/** What {@link AskedTexts} is made of. */
export interface AskedTextsOptions {
  /** The model. */
  readonly actor: EntryActor;
  readonly append: (entry: NewEntry) => void;
}

/** A text that waits for a session. */
interface WaitingText {
  readonly line: string;
  readonly seq: number;
}

/** Older ones are still in the history that the session is seeded with. */
const MOST_WAITING_TEXTS = 32;

/** The texts that the model is to answer: which wait for a session, and what the log says of those it was given. */
export class AskedTexts {
  readonly #options: AskedTextsOptions;
  readonly #trace = new AnswerTrace();
  #waiting: WaitingText[] = [];

  constructor(options: AskedTextsOptions) {
    this.#options = options;
  }

  /** Sequence number of the first text that waits; `Infinity`: none does. */
  get firstWaiting(): number {
    return this.#waiting[0]?.seq ?? Number.POSITIVE_INFINITY;
  }

  add(texts: readonly AskingEntry[]): void {
    for (const { actor, body, seq } of texts) this.#waiting.push({ line: `${actor.name}: ${body.text}`, seq });
    this.#waiting = this.#waiting.slice(-MOST_WAITING_TEXTS);
  }

  /** The log lost a text that was asked before as `before`, and has it anew as `seq`: it needs no second answer. */
  renumbered(before: number, seq: number): void {
    if (this.#trace.renumbered(before, seq) && this.#waiting.length === 0) this.noteSilence(false);
  }

  /** Whatever waits is given to the model now. @returns its text; `null`: nothing waits. */
  take(): string | null {
    if (this.#waiting.length === 0) return null;
    // One turn for all: each text of its own would cut the answer to the one before.
    const text = this.#waiting.map(({ line }) => line).join('\n');
    this.#trace.asked(this.#waiting.map(({ seq }) => seq));
    this.#waiting = [];
    return text;
  }

  /** Nobody is to be asked any more what waits. */
  forgetWaiting(): void {
    this.#waiting = [];
  }

  answerStarted(): void {
    this.#trace.answerStarted();
  }

  /** Says what it answers: a server that opens the room later knows by it what it has to ask. */
  appendAnswer(entry: Extract<NewEntry, { kind: 'ai.message' | 'ai.interrupted' }>): void {
    const answersTo = this.#trace.answered();
    if (entry.kind === 'ai.message') this.#options.append({ ...entry, body: { ...entry.body, answersTo } });
    else this.#options.append({ ...entry, body: { ...entry.body, answersTo } });
  }

  /** A model that was asked and says nothing leaves no other trace. @param wasAnswering - it had begun an answer. */
  noteSilence(wasAnswering: boolean): void {
    const answersTo = this.#trace.silent(wasAnswering);
    if (answersTo === null) return;
    this.#options.append({ kind: 'ai.silent', actor: this.#options.actor, body: { answersTo } });
  }
}
