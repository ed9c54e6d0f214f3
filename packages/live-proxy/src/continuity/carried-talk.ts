import type { Backend, ModelProfile, ServerEvent } from '@colloquy/live-protocol';
import { Arrivals } from './arrivals.ts';
import { type ClientFrameKind, classifyClientFrame } from './client-frame.ts';
import { type HistoryTurn, historyMessage } from './history.ts';
import type { ReplayLog } from './replay-log.ts';
import { TurnJournal } from './turn-journal.ts';
import { TurnTracker } from './turn-tracker.ts';
import type { WaitingFrame } from './waiting-frames.ts';

/** Options of {@link CarriedTalk}. */
export interface CarriedTalkOptions {
  readonly backend: Backend;
  readonly profile: ModelProfile;
  /** Only where the service counts messages. */
  readonly replay: ReplayLog | null;
  /** The client's first messages are history and ask for nothing. */
  readonly isInitialHistory: boolean;
  /** Bytes of typed messages that are kept until they are answered; `0` is no bound. */
  readonly maxPendingBytes: number;
  /** What was typed would be lost with the connection, because there is no room for it. */
  readonly onNotKept: () => void;
}

const mostCancelledCalls = 200;
/** Refused audio twice within this time will be refused again. */
const audioRefusalMs = 60_000;

/**
 * The conversation as it is carried from one connection to the next: what it is in the middle of, what was asked and not
 * answered, what a handle does not hold. Pure: it sees all messages and says what to send, and to whom.
 */
export class CarriedTalk {
  readonly #options: CarriedTalkOptions;
  readonly #tracker = new TurnTracker();
  readonly #journal: TurnJournal;
  readonly #arrivals = new Arrivals();
  readonly #kept = new WeakSet<WaitingFrame>();
  /** Made for the first one: most sessions have none. */
  #cancelledCalls: Set<string> | null = null;
  #isInitialHistory: boolean;
  /** Where in the replay log the answer began: media before it has been answered. */
  #answerPosition: number | null = null;
  /** A tool has answered, and the model will say something to it. */
  #hasToolResult = false;
  #isDegraded = false;
  #audioRefusedAtMs = Number.NEGATIVE_INFINITY;
  /** The history that this connection was told, while no handle holds it. */
  #told: WaitingFrame | null = null;

  constructor(options: CarriedTalkOptions) {
    this.#options = options;
    this.#journal = new TurnJournal({ maxBytes: options.maxPendingBytes, onNotKept: options.onNotKept });
    this.#isInitialHistory = options.isInitialHistory;
  }

  /** Nobody would be cut off now. */
  get isQuiet(): boolean {
    if (!this.#tracker.isQuiet || this.#journal.isHearing) return false;
    // What the newest handle does not hold can be told to most models, and is lost with the others.
    return this.#options.profile.historyInput === 'anytime' || this.#journal.uncovered.length === 0;
  }

  /** Nothing is being said, asked or answered. */
  get isBetweenTurns(): boolean {
    const isSilent = this.#tracker.isBetweenTurns && !this.#journal.isHearing;
    return isSilent && !this.#journal.isAskedFor && !this.#hasToolResult;
  }

  /** A handle that comes now holds all words. One that comes before may be of a moment in which they were on their way. */
  get hasArrived(): boolean {
    return this.#arrivals.isComplete;
  }

  /** Something was asked in writing and is not being answered yet. */
  get isAskedFor(): boolean {
    return this.#journal.isAskedFor;
  }

  /** The service refuses the client's audio; only text passes. */
  get isDegraded(): boolean {
    return this.#isDegraded;
  }

  /** What was said so far, in words. */
  get history(): readonly HistoryTurn[] {
    return this.#journal.history;
  }

  /** Words that will be asked again, and belong in no history. */
  get pendingTexts(): readonly string[] {
    return this.#journal.pendingTexts;
  }

  /** What a message of the client is. */
  classify(data: Buffer): ClientFrameKind {
    const kind = classifyClientFrame(data, this.#options.backend);
    if (!this.#isInitialHistory || kind.type !== 'ask' || kind.isRealtime) return kind;
    this.#isInitialHistory = false;
    return { type: 'note', turns: kind.turns };
  }

  /** Whether the session that is there now has a use for it. */
  isWanted(kind: ClientFrameKind): boolean {
    if (kind.type === 'audio') return !this.#isDegraded;
    if (kind.type === 'toolResponse') return !kind.callIds.some((id) => this.#cancelledCalls?.has(id));
    return true;
  }

  /** A message goes to the service. Returns the mark of the ping that has to follow it; `null` for none. */
  sent(sent: WaitingFrame): string | null {
    const { kind } = sent;
    const { replay } = this.#options;
    if (replay !== null || kind.type === 'ask' || kind.type === 'note') {
      const kept = this.#keep(sent);
      replay?.sent(kept);
      this.#journal.sent(kept);
    }
    this.#tracker.said(kind);
    if (kind.type === 'toolResponse') this.#hasToolResult = true;
    const isWords = kind.type === 'ask' || kind.type === 'note' || sent === this.#told;
    return isWords ? this.#arrivals.sent() : null;
  }

  /** The ping with this mark was answered. */
  arrived(mark: string): void {
    this.#arrivals.answered(mark);
    if (this.hasArrived) this.#journal.arrived();
  }

  /** The service said something. */
  observe(event: ServerEvent): void {
    const { replay } = this.#options;
    this.#tracker.observe(event);
    if (event.type === 'turnComplete' && this.#journal.isAskedFor && this.#arrivals.proved())
      this.#journal.presumeAnswered();
    if (event.type === 'sessionResumptionUpdate') {
      if (!event.resumable || event.handle === null || !this.hasArrived) return;
      this.#told = null;
      if (event.lastConsumedClientMessageIndex !== null) replay?.consumed(event.lastConsumedClientMessageIndex);
    }
    this.#journal.observe(event);
    if (event.type === 'audio' || event.type === 'part') this.#answerPosition ??= replay?.position ?? null;
    if (event.type === 'turnComplete') {
      this.#answered();
      this.#hasToolResult = false;
    }
  }

  /** The connection is gone. Returns what the client is told: an answer that was under way ends in Gemini's own words. */
  cut(): readonly object[] {
    const calls = [...this.#tracker.pendingCalls];
    const { interrupted, complete } = this.#journal.cut(this.#options.replay?.isIndexed === true);
    if (complete && !interrupted) this.#answered();
    this.#answerPosition = null;
    this.#arrivals.lost();
    this.#tracker.reset(false);
    this.#hasToolResult = false;
    if (calls.length > 0) {
      this.#cancelledCalls = new Set([...(this.#cancelledCalls ?? []), ...calls].slice(-mostCancelledCalls));
    }
    return [
      ...(calls.length > 0 ? [{ toolCallCancellation: { ids: calls } }] : []),
      ...(interrupted ? [{ serverContent: { interrupted: true } }] : []),
      ...(complete ? [{ serverContent: { turnComplete: true } }] : []),
    ];
  }

  /** What the handle of a resumed session does not hold, in its order. */
  resume(): readonly WaitingFrame[] {
    const { profile, replay } = this.#options;
    const { pending, uncovered } = this.#journal;
    const isIndexed = replay?.isIndexed === true;
    const logged = replay?.takeAll() ?? [];
    const unconsumed = isIndexed
      ? logged.filter((sent) => this.isWanted(sent.kind) && sent !== this.#told && !this.#isDone(sent))
      : [];
    const canTell = profile.historyInput === 'anytime';
    this.#told = uncovered.length > 0 && canTell ? this.#own(historyMessage(uncovered, false)) : null;
    if (!canTell) this.#journal.forgetUncovered();
    return [
      ...(this.#told === null ? [] : [this.#told]),
      ...unconsumed,
      ...pending.filter((sent) => !unconsumed.includes(sent)),
    ];
  }

  /** What a fresh session has to be told. */
  restart(history: readonly HistoryTurn[]): readonly WaitingFrame[] {
    const { profile, replay } = this.#options;
    replay?.takeAll();
    this.#journal.restarted();
    this.#told = history.length > 0 ? this.#own(historyMessage(history, profile.historyInput === 'initial')) : null;
    return [...(this.#told === null ? [] : [this.#told]), ...this.#journal.pending];
  }

  /** Sent again, the same audio would be refused again; when other audio is refused soon after, all of it will be. */
  audioRefused(nowMs: number): void {
    this.#options.replay?.dropMedia();
    if (nowMs - this.#audioRefusedAtMs < audioRefusalMs) this.#isDegraded = true;
    this.#audioRefusedAtMs = nowMs;
  }

  #isDone(sent: WaitingFrame): boolean {
    return sent.kind.type === 'ask' && this.#journal.isDone(sent);
  }

  /** The sound before an answer needs not be heard again. */
  #answered(): void {
    if (this.#answerPosition !== null) this.#options.replay?.dropMedia(this.#answerPosition);
    this.#answerPosition = null;
  }

  /** A message that outlives the block in which it was read; the same one when it is kept already. */
  #keep(sent: WaitingFrame): WaitingFrame {
    if (this.#kept.has(sent)) return sent;
    const kept = { frame: { data: Buffer.from(sent.frame.data), isBinary: sent.frame.isBinary }, kind: sent.kind };
    this.#kept.add(kept);
    return kept;
  }

  #own(message: string): WaitingFrame {
    const sent: WaitingFrame = { frame: { data: Buffer.from(message), isBinary: false }, kind: { type: 'other' } };
    this.#kept.add(sent);
    return sent;
  }
}
