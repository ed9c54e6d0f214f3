import type { EntryActor, InflightMessage, NewEntry, RoomServerMessage } from '@colloquy/live-protocol';
import type { Clock } from '../ports/clock.ts';
import { randomId } from '../random-id.ts';
import { AnswerAudio } from './answer-audio.ts';

/** What an {@link AnswerWriter} is made of. */
export interface AnswerWriterOptions {
  readonly clock: Clock;
  /** The model as the author. */
  readonly actor: EntryActor;
  readonly broadcast: (message: Extract<RoomServerMessage, { type: 'delta' | 'interrupted' }>) => void;
  readonly broadcastAudio: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly append: (entry: Extract<NewEntry, { kind: 'ai.message' | 'ai.interrupted' }>) => void;
  /** A turn began. */
  readonly onStarted: () => void;
  /** A turn is over for the people, though a cut one may not be over for the model. */
  readonly onStopped: () => void;
}

/** A turn that is over, for those who count turns. */
export interface FinishedTurn {
  readonly turn: number;
  readonly text: string;
  readonly interrupted: boolean;
}

type TurnState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly messageId: string; text: string; generated: boolean }
  /** Its output is dropped until the model says that the turn is complete. */
  | { readonly status: 'cut'; readonly text: string; readonly untilMs: number };

type CutReason = 'barge-in' | 'failover' | 'closed';

/** A model that was interrupted says so and then ends the turn; one that forgets the latter may speak after this time. */
const CUT_BY_MODEL_MS = 1_000;
/** A longer answer is cut short in the log; no honest model comes near. */
const MAX_TEXT_LENGTH = 200_000;

/**
 * Writes the model's answers: its words grow as deltas and become one log entry, its voice goes out as frames. An answer
 * that is interrupted keeps the words that were sent before.
 */
export class AnswerWriter {
  readonly #options: AnswerWriterOptions;
  readonly #audio: AnswerAudio;
  #turn = 0;
  #state: TurnState = { status: 'none' };

  constructor(options: AnswerWriterOptions) {
    this.#options = options;
    this.#audio = new AnswerAudio(options.broadcastAudio);
  }

  /** Number of the current or last turn; 0 before the first. */
  get turn(): number {
    return this.#turn;
  }

  /** Whether the model is giving an answer. */
  get speaking(): boolean {
    return this.#state.status === 'open';
  }

  /** The answer that grows, for people who join now. */
  get inflight(): InflightMessage | null {
    if (this.#state.status !== 'open' || this.#state.text === '') return null;
    const { messageId, text } = this.#state;
    return { messageId, kind: 'ai', turn: this.#turn, speakers: [this.#options.actor], text };
  }

  audio(samples: Int16Array): void {
    if (this.#open()) this.#audio.push(this.#turn, samples);
  }

  text(added: string): void {
    if (added === '') return;
    const state = this.#open();
    if (!state || state.text.length + added.length > MAX_TEXT_LENGTH) return;
    const offset = state.text.length;
    const text = offset === 0 ? added.trimStart() : added;
    if (text === '') return;
    state.text += text;
    const { messageId } = state;
    const { actor, broadcast } = this.#options;
    broadcast({ type: 'delta', messageId, kind: 'ai', turn: this.#turn, speakers: [actor], offset, text });
  }

  /** All of the answer was sent; its playback goes on. */
  generationComplete(): void {
    if (this.#state.status !== 'open') return;
    this.#state.generated = true;
    this.#audio.end();
  }

  /** @returns the turn that is over, or `null` when the model said nothing. */
  turnComplete(): FinishedTurn | null {
    const state = this.#state;
    this.#state = { status: 'none' };
    if (state.status === 'none') return null;
    if (state.status === 'cut') return { turn: this.#turn, text: state.text, interrupted: true };
    this.#audio.end();
    this.#writeWhole(state.messageId, state.text);
    this.#options.onStopped();
    return { turn: this.#turn, text: state.text.trim(), interrupted: false };
  }

  /** The model heard somebody and stopped. */
  interruptedByModel(): void {
    this.#cut('barge-in', this.#options.clock.monotonic() + CUT_BY_MODEL_MS);
  }

  /** Somebody pressed stop. The model may go on for itself: what it still sends of this turn is dropped. */
  interruptedByPerson(): void {
    if (this.#state.status === 'open') this.#cut('barge-in', Number.POSITIVE_INFINITY);
  }

  /** The session that was giving the answer is over. */
  lost(reason: 'failover' | 'closed'): void {
    const state = this.#state;
    if (state.status === 'open' && state.generated) this.turnComplete();
    else this.#cut(reason, 0);
    this.#state = { status: 'none' };
  }

  /** The turn that takes output now, a new one if need be; `null` while a cut one is not over. */
  #open(): Extract<TurnState, { status: 'open' }> | null {
    const state = this.#state;
    if (state.status === 'open') return state;
    if (state.status === 'cut' && this.#options.clock.monotonic() < state.untilMs) return null;
    this.#turn += 1;
    const opened: TurnState = { status: 'open', messageId: randomId(), text: '', generated: false };
    this.#state = opened;
    this.#options.onStarted();
    return opened;
  }

  #cut(reason: CutReason, untilMs: number): void {
    const state = this.#state;
    if (state.status === 'cut') {
      this.#state = { ...state, untilMs };
      return;
    }
    if (state.status !== 'open') return;
    this.#state = { status: 'cut', text: state.text.trim(), untilMs };
    this.#audio.drop();
    const { actor, append, broadcast, onStopped } = this.#options;
    // First of all: the speakers are to fall silent now.
    broadcast({ type: 'interrupted', turn: this.#turn });
    const { messageId } = state;
    const body = { messageId, turn: this.#turn, text: state.text.trim(), reason };
    append({ kind: 'ai.interrupted', actor, body });
    onStopped();
  }

  #writeWhole(messageId: string, text: string): void {
    const whole = text.trim();
    if (whole === '') return;
    const { actor, append } = this.#options;
    append({ kind: 'ai.message', actor, body: { messageId, turn: this.#turn, text: whole } });
  }
}
