import {
  type ModelProfile,
  modelProfile,
  type ServerEvent,
  type SpeakerCues,
  TurnCounter,
  type TurnUsage,
  toTurnUsage,
} from '@colloquy/live-protocol';
import type { HistoryTurn, ModelEvent, ModelSession, Timer, ToolScheduling } from '@colloquy/room-core';
import { historyMessage, withoutTexts } from '../../continuity/history.ts';
import type { ConnectionFailure } from '../../continuity/retry-policy.ts';
import { TextEcho } from '../../continuity/text-echo.ts';
import { TurnTracker } from '../../continuity/turn-tracker.ts';
import { GeminiConnection } from './gemini-connection.ts';
import type { GeminiSessionOptions } from './gemini-session-options.ts';
import { InputQueue, type WaitingInput } from './input-queue.ts';
import { InputSender } from './input-sender.ts';
import { NextConnection, STABLE_AFTER_MS } from './next-connection.ts';
import { activityOf } from './room-setup.ts';
import { prepareSetup } from './session-beginning.ts';
import { toModelEvent } from './to-model-event.ts';
import { takesSeveralAnswers, toScheduling } from './tool-declarations.ts';

type SessionState =
  /** What was said before is being read for a fresh session. */
  | { readonly status: 'preparing' }
  | { readonly status: 'connecting'; readonly connection: GeminiConnection; readonly isResuming: boolean }
  | {
      readonly status: 'open';
      readonly connection: GeminiConnection;
      readonly sender: InputSender;
      readonly openedAtMs: number;
      /** Set by goAway: replaced at the next quiet point, or when this fires. */
      leaving: Timer | null;
    }
  /** The old connection is being closed; the next one must wait for that. */
  | { readonly status: 'leaving'; readonly connection: GeminiConnection; readonly lastedMs: number }
  /** The next attempt waits. */
  | { readonly status: 'waiting'; readonly timer: Timer }
  | { readonly status: 'ended' };

const SAMPLES_PER_MS = 16;
/** What waits for a connection, besides audio and pictures. */
const MOST_WAITING_WORDS = { maxItems: 1_000, maxLength: 1024 * 1024 };
/** Of the time that goAway leaves, kept for closing and connecting. */
const LEAVE_RESERVE = 0.2;

/**
 * A room's conversation with Gemini over as many connections as it takes.
 *
 * ```
 * preparing -> connecting -> open -> leaving (goAway, at a quiet point) -> preparing
 *                   \         \
 *                    \         lost -----> waiting (backoff) -> preparing
 *                     refused ------------^        any -> ended (closed, fatal, given up)
 * ```
 *
 * One timer belongs to each state; this class is the only one that connects again.
 */
export class GeminiSession implements ModelSession {
  readonly #options: GeminiSessionOptions;
  readonly #profile: ModelProfile;
  readonly #waiting: InputQueue;
  readonly #next: NextConnection;
  readonly #tracker = new TurnTracker();
  readonly #echo = new TextEcho();
  readonly #usage = new TurnCounter();
  readonly #reading: { readonly wholeInputTranscripts: boolean; audioAheadMs: number };
  #state: SessionState = { status: 'preparing' };
  /** A typed turn to which nothing has come back yet: it goes with the connection that took it. */
  #unanswered: string | null = null;
  /** Whether the room has begun a turn: the next connection knows nothing of it. */
  #inActivity = false;
  /** Connections in a row that the service sent away soon after they were opened. */
  #earlyLeaves = 0;
  #closing: Promise<void> = Promise.resolve();
  readonly activity: 'automatic' | 'manual';
  readonly #onAbort = () => void this.close();

  constructor(options: GeminiSessionOptions) {
    const { limits, room, upstream, model } = options;
    this.#options = options;
    this.#next = new NextConnection(options);
    this.#waiting = new InputQueue({
      maxSamples: limits.maxWaitingAudioMs * SAMPLES_PER_MS,
      ...MOST_WAITING_WORDS,
    });
    this.#profile = modelProfile(model, upstream.backend);
    this.activity = activityOf(room.configuration, options.setup);
    this.#reading = { wholeInputTranscripts: this.#profile.wire.inputTranscription === 'utterance', audioAheadMs: 0 };
    room.signal.addEventListener('abort', this.#onAbort, { once: true });
    // Nothing is told before the room has the session in its hands.
    queueMicrotask(() => (room.signal.aborted ? this.#onAbort() : this.#connect()));
  }

  sendAudio(samples: Int16Array): void {
    // Sending encodes at once; only what waits has to be a copy.
    this.#send({ type: 'audio', samples: this.#state.status === 'open' ? samples : samples.slice() });
  }

  sendAudioStreamEnd(): void {
    this.#send({ type: 'audioStreamEnd' });
  }

  sendActivityStart(): void {
    this.#inActivity = true;
    this.#send({ type: 'activityStart' });
  }

  sendActivityEnd(): void {
    this.#inActivity = false;
    this.#send({ type: 'activityEnd' });
    if (this.#state.status === 'open') this.#tracker.asked();
  }

  sendSpeakers(names: readonly string[], cues: SpeakerCues): void {
    this.#send({ type: 'speakers', names, cues });
  }

  sendText(text: string): void {
    this.#send({ type: 'text', text });
  }

  sendContext(text: string): void {
    this.#send({ type: 'context', text });
  }

  sendImage(bytes: Uint8Array, mimeType: string): void {
    this.#send({ type: 'image', bytes: this.#state.status === 'open' ? bytes : bytes.slice(), mimeType });
  }

  sendToolResponse(
    callId: string,
    name: string,
    response: Readonly<Record<string, unknown>>,
    wish: ToolScheduling | null = null,
    willContinue = false,
  ): void {
    const tool = this.#options.room.tools.find((known) => known.name === name);
    if (willContinue && !takesSeveralAnswers(tool, this.#profile)) return;
    // Answers to calls that were cancelled or lost mean nothing to the session that is there now.
    const isOpen = willContinue ? this.#tracker.pendingCalls.includes(callId) : this.#tracker.answered(callId);
    if (!isOpen && callId !== '') return;
    const scheduling = toScheduling(wish, tool, this.#profile);
    const how = { ...(scheduling !== undefined && { scheduling }), ...(willContinue && { willContinue }) };
    this.#send({ type: 'toolResponse', callId, name, response, ...how });
  }

  close(): Promise<void> {
    const state = this.#state;
    this.#enterEnd();
    if ('connection' in state) this.#closing = state.connection.close();
    return this.#closing;
  }

  #send(input: WaitingInput): void {
    const state = this.#state;
    if (state.status === 'ended') return;
    if (state.status !== 'open' || !state.sender.send(input, this.#tracker.isIdle)) {
      if (!this.#waiting.add(input)) this.#fail(TOO_MUCH.code, TOO_MUCH.reason);
      return;
    }
    if (input.type !== 'text') return;
    this.#tracker.asked();
    this.#unanswered = this.#unanswered === null ? input.text : `${this.#unanswered}\n${input.text}`;
  }

  #connect(): void {
    this.#state = { status: 'preparing' };
    this.#next.history().then((history) => {
      // What waits is asked anyway.
      if (this.#state.status === 'preparing') this.#dial(withoutTexts(history, this.#waiting.texts));
    });
  }

  #dial(history: readonly HistoryTurn[]): void {
    const { upstream, limits, clock, logger } = this.#options;
    const { handle } = this.#next;
    const isResuming = handle !== null;
    const prepared = prepareSetup(this.#options, this.#profile, { handle, isSeeded: history.length > 0 });
    if (!('setup' in prepared)) {
      this.#fail(prepared.code, prepared.reason);
      return;
    }
    const { setup } = prepared;
    const connection = new GeminiConnection(
      { upstream, setup, timeoutMs: limits.connectTimeoutMs, clock, logger },
      {
        opened: () => this.#opened(connection, history),
        received: (events) => this.#received(events),
        closed: (failure) => this.#closed(failure),
      },
    );
    this.#state = { status: 'connecting', connection, isResuming };
  }

  #opened(connection: GeminiConnection, history: readonly HistoryTurn[]): void {
    const { clock, model, limits } = this.#options;
    const profile = this.#profile;
    const isResumed = this.#state.status === 'connecting' && this.#state.isResuming;
    const sender = new InputSender({
      connection,
      profile,
      echo: this.#echo,
      clock,
      maxBufferedBytes: limits.maxBufferedBytes,
      maxWordBytes: limits.maxWordBytes,
      stuckTimeoutMs: limits.stuckTimeoutMs,
      onStuck: () => connection.abandon(STUCK),
    });
    this.#state = { status: 'open', connection, sender, openedAtMs: clock.monotonic(), leaving: null };
    this.#next.opened();
    if (!isResumed) this.#forgetCalls();
    this.#tracker.reset(isResumed);
    if (history.length > 0) connection.send(historyMessage(history, profile.historyInput === 'initial'));
    this.#emit({ type: 'ready', model, resumed: isResumed });
    const waiting = this.#waiting.takeAll();
    this.#reading.audioAheadMs = isResumed ? 0 : waiting.reduce((sum, item) => sum + durationMs(item), 0);
    for (const item of waiting) this.#send(item);
  }

  /** A fresh session knows nothing of the calls of the one before. */
  #forgetCalls(): void {
    const callIds = this.#tracker.pendingCalls;
    if (callIds.length > 0) this.#emit({ type: 'toolCallsCancelled', callIds });
    this.#waiting.drop('toolResponse');
  }

  #received(events: readonly ServerEvent[]): void {
    for (const event of events) {
      this.#tracker.observe(event);
      if (ANSWERS.has(event.type)) this.#unanswered = null;
      this.#tell(event);
    }
    if (this.#state.status !== 'open') return;
    if (this.#tracker.isIdle) this.#state.sender.flushNotes();
    if (this.#state.leaving !== null && this.#tracker.isQuiet) this.#leave();
  }

  #tell(event: ServerEvent): void {
    switch (event.type) {
      case 'sessionResumptionUpdate':
        if (!event.resumable || event.handle === null) break;
        this.#next.resumable(event.handle);
        this.#emit({ type: 'resumable', handle: event.handle });
        break;
      case 'goAway':
        this.#goAway(event.timeLeftMs);
        break;
      case 'inputTranscription':
        if (this.#echo.isEcho(event.text)) break;
        this.#emit(toModelEvent(event, this.#reading));
        break;
      case 'usage':
        this.#tellUsage(this.#usage.told(toTurnUsage(event.usage), false));
        break;
      case 'turnComplete':
        this.#emit(toModelEvent(event, this.#reading));
        this.#tellUsage(this.#usage.told(null, true));
        break;
      default:
        this.#emit(toModelEvent(event, this.#reading));
    }
  }

  #tellUsage(usage: TurnUsage | null): void {
    if (usage !== null) this.#emit({ type: 'usage', usage });
  }

  #goAway(timeLeftMs: number): void {
    if (this.#state.status !== 'open' || this.#state.leaving !== null) return;
    const { clock } = this.#options;
    this.#state.leaving = clock.setTimer(Math.max(0, timeLeftMs) * (1 - LEAVE_RESERVE), () => this.#leave());
  }

  /** Breaks before it makes: the service refuses to resume a session whose old connection is open. */
  #leave(): void {
    if (this.#state.status !== 'open') return;
    const { connection, openedAtMs } = this.#state;
    this.#takeAlong(this.#state);
    this.#state = { status: 'leaving', connection, lastedMs: this.#options.clock.monotonic() - openedAtMs };
    this.#tellReconnecting('The model service renews its connection.');
    connection.close();
  }

  #closed(failure: ConnectionFailure | null): void {
    const state = this.#state;
    if (state.status === 'leaving') this.#left(state.lastedMs);
    else if ((state.status === 'connecting' || state.status === 'open') && failure !== null) this.#lost(state, failure);
  }

  /** A service that sends everybody away at once is not asked again without a pause. */
  #left(lastedMs: number): void {
    this.#earlyLeaves = lastedMs < STABLE_AFTER_MS ? this.#earlyLeaves + 1 : 0;
    if (this.#earlyLeaves < 2) this.#connect();
    else this.#tryAgain(SENT_AWAY, false, lastedMs);
  }

  #lost(state: Extract<SessionState, { status: 'connecting' | 'open' }>, failure: ConnectionFailure): void {
    const lastedMs = state.status === 'open' ? this.#options.clock.monotonic() - state.openedAtMs : null;
    const isResuming = state.status === 'connecting' && state.isResuming;
    if (state.status === 'open') this.#takeAlong(state);
    this.#tryAgain(failure, isResuming, lastedMs);
  }

  #tryAgain(failure: ConnectionFailure, isResuming: boolean, lastedMs: number | null): void {
    const decision = this.#next.afterFailure(failure, isResuming, lastedMs);
    if (decision.action === 'fail') {
      this.#fail(decision.code, decision.reason);
      return;
    }
    // Sent again, the same audio would be refused again.
    if (failure.code === 'ERR_GEMINI_AUDIO_FORMAT') this.#waiting.drop('audio');
    this.#state = { status: 'waiting', timer: this.#options.clock.setTimer(decision.delayMs, () => this.#connect()) };
    this.#tellReconnecting(failure.reason);
  }

  /** Keeps what the next connection needs of this one. */
  #takeAlong({ leaving, sender }: Extract<SessionState, { status: 'open' }>): void {
    leaving?.cancel();
    for (const text of sender.takeNotes()) this.#waiting.add({ type: 'context', text });
    if (this.#inActivity) this.#waiting.add({ type: 'activityStart' });
    if (this.#unanswered !== null) this.#waiting.add({ type: 'text', text: this.#unanswered });
    this.#unanswered = null;
  }

  /** Told in the new state, since the room may answer with input. An answer that is whole ends as such, not as cut. */
  #tellReconnecting(reason: string): void {
    const isWhole = this.#tracker.hasWholeAnswer;
    this.#tracker.reset(true);
    if (isWhole) this.#emit({ type: 'turnComplete', reason: null });
    this.#tellUsage(this.#usage.cut());
    this.#emit({ type: 'reconnecting', reason });
  }

  #fail(code: string, reason: string): void {
    if (this.#state.status === 'ended') return;
    this.#tellUsage(this.#usage.cut());
    this.#emit({ type: 'failed', code, reason });
    this.#enterEnd();
  }

  #enterEnd(): void {
    const state = this.#state;
    if (state.status === 'open') state.leaving?.cancel();
    if (state.status === 'waiting') state.timer.cancel();
    this.#options.room.signal.removeEventListener('abort', this.#onAbort);
    this.#state = { status: 'ended' };
    this.#waiting.takeAll();
  }

  #emit(event: ModelEvent | null): void {
    if (event === null || this.#state.status === 'ended') return;
    try {
      this.#options.room.onEvent(event);
    } catch (error) {
      this.#options.logger.error?.('a room failed to take an event of its model', { type: event.type, error });
    }
  }
}

const STUCK: ConnectionFailure = {
  code: 'ERR_UPSTREAM_STUCK',
  reason: 'The model service stopped reading.',
  retryable: true,
  dropHandle: false,
};

const TOO_MUCH = {
  code: 'ERR_UPSTREAM_STUCK',
  reason: 'More words wait for the model service than there is room for: it cannot be reached, or does not read.',
} as const;

const SENT_AWAY: ConnectionFailure = {
  code: 'ERR_GEMINI_CONNECTION_LOST',
  reason: 'The model service ends its connections as soon as they are open.',
  retryable: true,
  dropHandle: false,
};

const ANSWERS: ReadonlySet<ServerEvent['type']> = new Set([
  'audio',
  'text',
  'outputTranscription',
  'toolCall',
  'turnComplete',
]);

function durationMs(input: WaitingInput): number {
  return input.type === 'audio' ? input.samples.length / SAMPLES_PER_MS : 0;
}
