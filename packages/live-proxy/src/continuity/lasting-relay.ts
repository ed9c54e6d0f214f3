import type { ServerEvent, Setup } from '@colloquy/live-protocol';
import { Relay } from '../relay.ts';
import type { Passage, SocketClosure, SocketFault, SocketPort } from '../socket-port.ts';
import { SETUP_MARK } from './arrivals.ts';
import { CarriedTalk } from './carried-talk.ts';
import type { Timer } from './clock.ts';
import type { ContinuityChange } from './continuity-state.ts';
import { type HistoryTurn, withoutTexts } from './history.ts';
import type { LastingRelayOptions, RelayEnd } from './lasting-relay-options.ts';
import { freshSetup, lastingSetup, resumedSetup } from './lasting-setup.ts';
import { LifeWatch } from './life-watch.ts';
import { ReplayLog } from './replay-log.ts';
import { type ConnectionFailure, RetryPolicy } from './retry-policy.ts';
import { readServerFrame, voice } from './server-frame.ts';
import { closeFailure, dialFailure, silentFailure, stuckFailure } from './upstream-failures.ts';
import { isMedia, type WaitingFrame, WaitingFrames } from './waiting-frames.ts';

type RelayState =
  /** Between the setup and the answer to it. */
  | {
      readonly status: 'settingUp';
      readonly link: Link;
      readonly handle: string | null;
      readonly history: readonly HistoryTurn[];
    }
  | {
      readonly status: 'open';
      readonly link: Link;
      readonly openedAtMs: number;
      /** Set by goAway: left at the next quiet point, or when this fires. */
      leaving: Timer | null;
      readonly life: LifeWatch;
    }
  /** The old connection is being closed; the next one must wait for that. */
  | { readonly status: 'leaving'; readonly link: Link; readonly deadline: Timer; readonly isQuiet: boolean }
  /** The next attempt waits. */
  | { readonly status: 'waiting'; readonly timer: Timer }
  | { readonly status: 'dialling'; readonly attempt: AbortController }
  | { readonly status: 'ended' };

/** One connection, and what is known of its end before it has come. */
interface Link {
  readonly relay: Relay;
  failure: ConnectionFailure | null;
}

/** A connection that lasted this long was no failure. */
const stableAfterMs = 10_000;
/** Of the time that goAway leaves, kept for closing and connecting. */
const leaveReserve = 0.2;
/** Longest wait for the upstream's half of the closing handshake. */
const closingMs = 2_000;
/** Refused audio twice within this time will be refused again. */
const audioRefusalMs = 60_000;

/** What messages are that are nothing but media. */
const mediaKinds = { audio: { type: 'audio' }, picture: { type: 'picture' } } as const;

const signsOfNoLife: ReadonlySet<ServerEvent['type']> = new Set(['setupComplete', 'sessionResumptionUpdate', 'goAway']);

/**
 * One client's conversation over as many upstream connections as it takes. The client's socket is not touched by any of
 * it; while there is no connection its messages wait.
 *
 * ```
 *            ┌───────────────────────────── dialling ◀───────────────┐
 *            ▼                                  │ refused             │ time
 * start ▶ settingUp ──setupComplete──▶ open     ├────────────────▶ waiting
 *            │ refused, silent          │ │     │                     ▲
 *            ├──────────────────────────│─│─────┘                     │
 *            │                          │ └─ closed, broken, deaf, ───┘
 *            │                          │    stuck
 *            │                          └─ goAway, at a quiet point ─▶ leaving ─ gone ─▶ dialling
 *            ▼
 *          ended ◀─ fatal close, first connection failed, outage too long, closed by the owner (from every state)
 * ```
 *
 * A timer, a dial and a socket belong to the state that made them. Gemini refuses to resume a session whose old connection
 * is open, so this breaks before it makes.
 */
export class LastingRelay {
  readonly #options: LastingRelayOptions;
  readonly #setup: Setup;
  readonly #retry: RetryPolicy;
  readonly #talk: CarriedTalk;
  readonly #waiting: WaitingFrames;
  /** Whether the client gets resumption updates; otherwise they are the proxy's alone. */
  readonly #sharesUpdates: boolean;
  #state: RelayState = { status: 'ended' };
  #handle: string | null;
  /** Whether the session has begun; before, a refusal is the client's to know. */
  #hasBegun = false;
  /** Since when there is no connection that lasts, and what came last. */
  #outage: { readonly sinceMs: number; readonly failure: ConnectionFailure; readonly end: RelayEnd } | null = null;
  #handleRefusedSinceMs: number | null = null;
  #audioRefusedAtMs: number | null = null;
  #openLinks = 0;
  #isClosed = false;
  /** The newest connection, for {@link LastingRelay.terminate} after the end. */
  #newest: Link | null = null;

  constructor(options: LastingRelayOptions) {
    const { setup, profile, settings } = options;
    this.#options = options;
    this.#setup = lastingSetup(setup, profile);
    this.#handle = setup.sessionResumption?.handle ?? null;
    this.#sharesUpdates = setup.sessionResumption !== undefined;
    this.#waiting = new WaitingFrames(settings.maxWaitingBytes);
    this.#retry = new RetryPolicy({
      maxAttempts: Number.POSITIVE_INFINITY,
      handleAttempts: Number.POSITIVE_INFINITY,
      stableAfterMs,
      jitter: 'full',
      random: settings.random,
    });
    const isTransparent = this.#setup.sessionResumption?.transparent === true;
    const { maxReplayBytes: maxBytes, firstMessageIndex: firstIndex } = settings;
    this.#talk = new CarriedTalk({
      backend: options.backend,
      profile,
      replay: isTransparent ? new ReplayLog({ maxBytes, firstIndex }) : null,
      isInitialHistory: setup.historyConfig?.initialHistoryInClientContent === true,
    });
  }

  /** Says the setup on the first connection, which the owner has opened. */
  start(upstream: SocketPort): void {
    this.#begin(upstream, this.#setup, { handle: this.#handle, history: [] });
  }

  /** Takes one message of the client. */
  forward(data: Buffer, isBinary: boolean, passage?: Passage): void {
    if (this.#state.status === 'ended') return;
    const kind = passage?.media ? mediaKinds[passage.media.kind] : this.#talk.classify(data);
    if (!this.#talk.isWanted(kind)) return;
    const sent = { frame: { data, isBinary }, kind };
    // The first connection takes everything as it comes, as the service itself would.
    if (this.#state.status === 'open' || (this.#state.status === 'settingUp' && !this.#hasBegun)) {
      this.#send(this.#state.link, sent, passage);
    } else if (!this.#waiting.push(sent)) {
      const { errors, settings } = this.#options;
      this.#end({ type: 'failed', error: errors.queueFull(settings.maxWaitingBytes) });
    }
  }

  /** To be called when bytes left the client's socket. */
  clientDrained(): void {
    if ('link' in this.#state) this.#state.link.relay.clientDrained();
  }

  /** Ends whatever is under way; `onGone` follows. Idempotent. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const state = this.#state;
    this.#leaveState();
    this.#state = { status: 'ended' };
    if ('link' in state) state.link.relay.close(code, reason);
    this.#tellIfGone();
  }

  /** Ends the connection without a closing handshake. */
  terminate(): void {
    this.#newest?.relay.terminate();
  }

  // Connections

  #begin(
    upstream: SocketPort,
    setup: Setup,
    { handle, history }: { handle: string | null; history: readonly HistoryTurn[] },
  ): void {
    const { client, limits } = this.#options;
    const link: Link = {
      failure: null,
      relay: new Relay({
        client,
        upstream,
        limits,
        inspect: (data, isVoice) => this.#inspect(link, data, isVoice),
        onMark: (mark) => this.#arrived(link, mark),
        onSilent: () => this.#silent(link),
        onStuck: (who) => this.#stuck(link, who),
        onUpstreamFault: (fault) => this.#fault(fault),
        onUpstreamClosed: (closure) => this.#linkClosed(link, closure),
      }),
    };
    this.#openLinks += 1;
    this.#newest = link;
    this.#state = { status: 'settingUp', link, handle, history };
    link.relay.start(JSON.stringify({ setup }));
    link.relay.mark(SETUP_MARK);
  }

  #connect(): void {
    const { breaker, settings } = this.#options;
    if (this.#endIfOver()) return;
    const pauseMs = breaker.admit();
    if (pauseMs > 0) {
      this.#wait(pauseMs * (1 + settings.random() / 4));
      return;
    }
    const attempt = new AbortController();
    this.#state = { status: 'dialling', attempt };
    this.#dial(attempt.signal).then(
      ({ upstream, history, handle }) => {
        if (attempt.signal.aborted) {
          upstream.terminate();
          return;
        }
        const { profile } = this.#options;
        const setup =
          handle === null ? freshSetup(this.#setup, profile, history.length > 0) : resumedSetup(this.#setup, handle);
        this.#begin(upstream, setup, { handle, history });
      },
      (error: unknown) => {
        if (attempt.signal.aborted) return;
        this.#options.onDialFailed(error);
        this.#retryAfter(dialFailure(error), { type: 'failed', error }, null);
      },
    );
  }

  async #dial(signal: AbortSignal) {
    const { breaker, dial } = this.#options;
    const handle = this.#handle;
    try {
      const upstream = await dial(signal);
      breaker.succeeded();
      const history = handle === null ? await this.#readHistory(signal) : [];
      return { upstream, history, handle };
    } catch (error) {
      if (signal.aborted) breaker.abandoned();
      else breaker.failed();
      throw error;
    }
  }

  /** Never rejects: a conversation without its application's memory is better than none. */
  async #readHistory(signal: AbortSignal): Promise<readonly HistoryTurn[]> {
    const { readHistory, onDialFailed } = this.#options;
    if (readHistory === null) return this.#talk.history;
    try {
      return withoutTexts(await readHistory(signal), this.#talk.pendingTexts);
    } catch (error) {
      if (!signal.aborted) onDialFailed(error);
      return this.#talk.history;
    }
  }

  #linkClosed(link: Link, closure: SocketClosure): void {
    this.#openLinks -= 1;
    const state = this.#state;
    if (state.status === 'leaving' && state.link === link) {
      state.deadline.cancel();
      link.relay.release();
      if (state.isQuiet) this.#cutTurn();
      this.#connect();
    } else if ((state.status === 'open' || state.status === 'settingUp') && state.link === link) {
      this.#lost(state, link.failure ?? closeFailure(closure), closure);
    }
    this.#tellIfGone();
  }

  #lost(
    state: Extract<RelayState, { status: 'open' | 'settingUp' }>,
    failure: ConnectionFailure,
    closure: SocketClosure,
  ): void {
    const { clock, handlePatienceMs } = this.#options.settings;
    const nowMs = clock.monotonic();
    const isFirst = !this.#hasBegun;
    // A clean end of a session that cannot be resumed is an end.
    if (isFirst || (closure.code === 1000 && this.#handle === null && state.link.failure === null)) {
      this.#end({ type: 'closed', closure });
      return;
    }
    this.#detach(state);
    if (state.status === 'settingUp' && state.handle !== null && failure.retryable) {
      this.#handleRefusedSinceMs ??= nowMs;
      if (nowMs - this.#handleRefusedSinceMs >= handlePatienceMs) this.#forgetHandle();
    }
    if (failure.code === 'ERR_GEMINI_AUDIO_FORMAT') this.#audioRefused(nowMs);
    const lastedMs = state.status === 'open' ? nowMs - state.openedAtMs : null;
    this.#retryAfter(failure, { type: 'closed', closure }, lastedMs);
  }

  #retryAfter(failure: ConnectionFailure, end: RelayEnd, lastedMs: number | null): void {
    const nowMs = this.#options.settings.clock.monotonic();
    if (lastedMs !== null && lastedMs >= stableAfterMs) this.#outage = null;
    this.#outage = { sinceMs: this.#outage?.sinceMs ?? nowMs, failure, end };
    const decision = this.#retry.afterFailure(failure, this.#handle !== null, lastedMs);
    if (decision.action === 'fail') {
      this.#fail(failure, end);
      return;
    }
    if (decision.dropHandle) this.#forgetHandle();
    if (this.#endIfOver()) return;
    this.#wait(decision.delayMs);
    this.#tell('reconnecting', failure);
  }

  #endIfOver(): boolean {
    const { clock, maxOutageMs } = this.#options.settings;
    if (this.#outage === null || maxOutageMs === 0) return false;
    const { sinceMs, failure, end } = this.#outage;
    if (clock.monotonic() - sinceMs < maxOutageMs) return false;
    this.#fail(failure, end);
    return true;
  }

  #fail(failure: ConnectionFailure, end: RelayEnd): void {
    this.#tell('failed', failure);
    this.#end(end);
  }

  #wait(delayMs: number): void {
    this.#state = {
      status: 'waiting',
      timer: this.#options.settings.clock.setTimer(delayMs, () => this.#connect()),
    };
  }

  #forgetHandle(): void {
    this.#handle = null;
    this.#handleRefusedSinceMs = null;
  }

  // Leaving

  #goAway(timeLeftMs: number): void {
    const state = this.#state;
    if (state.status !== 'open' || state.leaving !== null) return;
    const { clock } = this.#options.settings;
    state.leaving = clock.setTimer(timeLeftMs * (1 - leaveReserve), () => this.#leave(false));
    this.#tell('leaving', { code: 'ERR_GEMINI_DEADLINE', reason: 'The service will end this connection.' });
  }

  #leaveIfQuiet(): void {
    if (this.#state.status !== 'open' || this.#state.leaving === null || this.#handle === null) return;
    if (this.#talk.isQuiet) this.#leave(true);
  }

  /** In a quiet moment what still comes is carried to its end; otherwise the answer is cut here. */
  #leave(isQuiet: boolean): void {
    const state = this.#state;
    if (state.status !== 'open') return;
    const { link } = state;
    this.#outage = null;
    this.#leaveState();
    this.#options.client.resume();
    if (!isQuiet) {
      link.relay.release();
      this.#cutTurn();
    }
    const deadline = this.#options.settings.clock.setTimer(closingMs, () => link.relay.terminate());
    this.#state = { status: 'leaving', link, deadline, isQuiet };
    this.#tell('reconnecting', { code: null, reason: 'The connection to the service is renewed.' });
    link.relay.finish(1000, '');
  }

  /** The connection carries nothing any more. */
  #detach(state: Extract<RelayState, { status: 'open' | 'settingUp' }>): void {
    this.#leaveState();
    state.link.relay.release();
    // The flow that may have stopped the client is gone.
    this.#options.client.resume();
    if (state.status === 'open') this.#cutTurn();
  }

  #cutTurn(): void {
    // The service's own messages are binary.
    for (const message of this.#talk.cut()) this.#options.client.send(Buffer.from(JSON.stringify(message)), true);
  }

  // What the service says

  /** Returns whether the client may see it. */
  #inspect(link: Link, data: Buffer, isVoice: boolean): boolean {
    const state = this.#state;
    if (!('link' in state) || state.link !== link) return false;
    if (isVoice) {
      this.#spoke(state);
      return true;
    }
    const events = readServerFrame(data);
    if (state.status === 'open') state.life.heard(events.some(({ type }) => !signsOfNoLife.has(type)));
    const isFirstSetup = !this.#hasBegun;
    for (const event of events) this.#take(event);
    this.#leaveIfQuiet();
    return events.length === 0 || events.some(({ type }) => this.#isForClient(type, isFirstSetup));
  }

  /** Nearly all messages are nothing but the model's voice. */
  #spoke(state: RelayState): void {
    if (state.status === 'open') state.life.heard(true);
    this.#talk.observe(voice);
  }

  #isForClient(type: ServerEvent['type'], isFirstSetup: boolean): boolean {
    if (type === 'setupComplete') return isFirstSetup;
    if (type === 'sessionResumptionUpdate') return this.#sharesUpdates;
    return type !== 'goAway';
  }

  #take(event: ServerEvent): void {
    this.#talk.observe(event);
    switch (event.type) {
      case 'setupComplete':
        this.#opened();
        break;
      case 'goAway':
        this.#goAway(event.timeLeftMs);
        break;
      case 'sessionResumptionUpdate':
        if (event.resumable && event.handle !== null && this.#talk.hasArrived) this.#handle = event.handle;
        break;
      case 'turnComplete':
        this.#outage = null;
        break;
      default:
    }
  }

  #opened(): void {
    const state = this.#state;
    if (state.status !== 'settingUp') return;
    const { link, handle, history } = state;
    const isResumed = this.#hasBegun && handle !== null;
    const openedAtMs = this.#options.settings.clock.monotonic();
    this.#state = { status: 'open', link, openedAtMs, leaving: null, life: this.#watch(link, isResumed) };
    this.#handleRefusedSinceMs = null;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return;
    }
    const again = isResumed ? this.#talk.resume() : this.#talk.restart(history);
    for (const sent of [...again, ...this.#waiting.takeAll()])
      if (this.#talk.isWanted(sent.kind)) this.#send(link, sent);
    this.#tell(isResumed ? 'resumed' : 'restarted', null);
    if (this.#talk.isDegraded) this.#tell('degraded', degraded);
  }

  // What the client says

  #send(link: Link, sent: WaitingFrame, passage?: Passage): void {
    const { frame, kind } = sent;
    const mark = this.#talk.sent(sent);
    const isAsked = kind.type === 'ask' || (kind.type === 'activity' && kind.edge === 'end');
    if (isAsked && this.#state.status === 'open') this.#state.life.asked();
    link.relay.forward(frame.data, frame.isBinary, passage);
    if (mark !== null) link.relay.mark(mark);
  }

  #arrived(link: Link, mark: string): void {
    const state = this.#state;
    if (!('link' in state) || state.link !== link) return;
    this.#talk.arrived(mark);
    if (state.status === 'open') state.life.answered();
  }

  #audioRefused(nowMs: number): void {
    const lastMs = this.#audioRefusedAtMs;
    this.#audioRefusedAtMs = nowMs;
    this.#waiting.drop(isMedia);
    this.#talk.audioRefused(lastMs !== null && nowMs - lastMs < audioRefusalMs);
  }

  // Watches

  #watch(link: Link, isDoubtful: boolean): LifeWatch {
    const { clock, watchdogMs, keepAliveMs } = this.#options.settings;
    return new LifeWatch({
      clock,
      watchdogMs,
      keepAliveMs,
      isDoubtful,
      isDue: () => this.#talk.isAskedFor,
      ping: () => link.relay.mark(SETUP_MARK),
      onDead: (failure) => this.#giveUp(link, failure),
    });
  }

  #silent(link: Link): void {
    const { errors, limits } = this.#options;
    if (!this.#hasBegun) this.#end({ type: 'failed', error: errors.silent() });
    else this.#giveUp(link, silentFailure(limits.firstMessageTimeoutMs));
  }

  #stuck(link: Link, who: 'client' | 'upstream'): void {
    const { errors } = this.#options;
    if (who === 'client') this.#end({ type: 'failed', error: errors.clientStuck() });
    else if (!this.#hasBegun) this.#end({ type: 'failed', error: errors.upstreamStuck() });
    else this.#giveUp(link, stuckFailure);
  }

  #fault(fault: SocketFault): void {
    // The same message would come again; a broken connection is for `close` to tell.
    if (!this.#hasBegun || fault.kind !== 'broken') {
      this.#end({ type: 'failed', error: this.#options.errors.lost(fault) });
    }
  }

  /** Counts a connection as dead; its `close` follows. */
  #giveUp(link: Link, failure: ConnectionFailure): void {
    link.failure = failure;
    link.relay.terminate();
  }

  // Ends

  #end(end: RelayEnd): void {
    if (this.#isClosed) return;
    this.#options.onEnd(end);
  }

  #leaveState(): void {
    const state = this.#state;
    if (state.status === 'open') {
      state.leaving?.cancel();
      state.life.dispose();
    }
    if (state.status === 'leaving') state.deadline.cancel();
    if (state.status === 'waiting') state.timer.cancel();
    if (state.status === 'dialling') state.attempt.abort(new Error('The session was closed.'));
  }

  #tellIfGone(): void {
    if (this.#isClosed && this.#openLinks === 0) this.#options.onGone();
  }

  #tell(state: ContinuityChange['state'], why: Pick<ContinuityChange, 'code' | 'reason'> | null): void {
    this.#options.onChange({ state, code: why?.code ?? null, reason: why?.reason ?? null });
  }
}

const degraded = {
  code: 'ERR_GEMINI_AUDIO_FORMAT',
  reason:
    'The service refuses this audio; only text is passed on. Send 16-bit PCM, mono, with its rate in the MIME type.',
};
