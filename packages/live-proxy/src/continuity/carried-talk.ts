import type { Backend, ModelProfile, ServerEvent } from '@colloquy/live-protocol';
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
}

const mostCancelledCalls = 200;

/**
 * The conversation as it is carried from one connection to the next: what it is in the middle of, what was asked and not
 * answered, what a handle does not hold. Pure: it sees all messages and says what to send, and to whom.
 */
export class CarriedTalk {
  readonly #options: CarriedTalkOptions;
  readonly #tracker = new TurnTracker();
  readonly #journal = new TurnJournal();
  readonly #kept = new WeakSet<WaitingFrame>();
  readonly #cancelledCalls = new Set<string>();
  #isInitialHistory: boolean;
  /** Where in the replay log the answer began: media before it has been answered. */
  #answerPosition: number | null = null;
  #isDegraded = false;

  constructor(options: CarriedTalkOptions) {
    this.#options = options;
    this.#isInitialHistory = options.isInitialHistory;
  }

  /** Nobody would be cut off now. */
  get isQuiet(): boolean {
    return this.#tracker.isQuiet && !this.#journal.isHearing;
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
    if (kind.type === 'toolResponse') return !kind.callIds.some((id) => this.#cancelledCalls.has(id));
    return true;
  }

  /** A message goes to the service. */
  sent(sent: WaitingFrame): void {
    const { kind } = sent;
    const { replay } = this.#options;
    if (replay !== null || kind.type === 'ask' || kind.type === 'note') {
      const kept = this.#keep(sent);
      replay?.sent(kept);
      this.#journal.sent(kept);
    }
    if (kind.type === 'ask') this.#tracker.asked();
    if (kind.type === 'activity') {
      this.#tracker.observe({ type: 'voiceActivity', edge: kind.edge, audioOffsetMs: null });
    }
    if (kind.type === 'toolResponse') for (const id of kind.callIds) this.#tracker.answered(id);
  }

  /** The service said something. */
  observe(event: ServerEvent): void {
    const { replay } = this.#options;
    this.#tracker.observe(event);
    this.#journal.observe(event);
    if (event.type === 'audio' || event.type === 'part') this.#answerPosition ??= replay?.position ?? null;
    if (event.type === 'turnComplete') this.#answered();
    if (event.type === 'sessionResumptionUpdate' && event.resumable && event.lastConsumedClientMessageIndex !== null) {
      replay?.consumed(event.lastConsumedClientMessageIndex);
    }
  }

  /** The connection is gone. Returns what the client is told: an answer that was under way ends in Gemini's own words. */
  cut(): readonly object[] {
    const calls = [...this.#tracker.pendingCalls];
    const { interrupted, complete } = this.#journal.cut(this.#options.replay?.isIndexed === true);
    if (complete && !interrupted) this.#answered();
    this.#answerPosition = null;
    this.#tracker.reset(false);
    for (const id of calls) this.#cancelledCalls.add(id);
    while (this.#cancelledCalls.size > mostCancelledCalls) {
      const [oldest = ''] = this.#cancelledCalls;
      this.#cancelledCalls.delete(oldest);
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
      ? logged.filter((sent) => this.isWanted(sent.kind) && !(sent.kind.type === 'ask' && this.#journal.isDone(sent)))
      : [];
    const canTell = uncovered.length > 0 && profile.historyInput === 'anytime';
    return [
      ...(canTell ? [this.#own(historyMessage(uncovered, false))] : []),
      ...unconsumed,
      ...pending.filter((sent) => !unconsumed.includes(sent)),
    ];
  }

  /** What a fresh session has to be told. */
  restart(history: readonly HistoryTurn[]): readonly WaitingFrame[] {
    const { profile, replay } = this.#options;
    replay?.takeAll();
    this.#journal.restarted();
    const told = history.length > 0 ? [this.#own(historyMessage(history, profile.historyInput === 'initial'))] : [];
    return [...told, ...this.#journal.pending];
  }

  /** Sent again, the same audio would be refused again; `isRepeated`: it is of no use at all. */
  audioRefused(isRepeated: boolean): void {
    this.#options.replay?.dropMedia();
    if (isRepeated) this.#isDegraded = true;
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
