import type { ServerEvent, Setup } from '@colloquy/live-protocol';
import type { Passage, SocketClosure, SocketFault, SocketPort } from '../socket-port.ts';
import { askHistory } from './ask-history.ts';
import { CarriedTalk } from './carried-talk.ts';
import type { DialPermit } from './circuit-breaker.ts';
import { mediaKinds } from './client-frame.ts';
import type { ContinuityChange } from './continuity-state.ts';
import { type HistoryTurn, withoutTexts } from './history.ts';
import type { LastingRelayOptions, RelayEnd } from './lasting-relay-options.ts';
import { lastingSetup, nextSetup } from './lasting-setup.ts';
import { type Opening, Reconnection } from './reconnection.ts';
import { ReplayLog } from './replay-log.ts';
import type { ConnectionFailure } from './retry-policy.ts';
import { isSignOfLife, readServerFrame, voice } from './server-frame.ts';
import { SessionHandle } from './session-handle.ts';
import { TurnEnd } from './turn-end.ts';
import { audioRefused, closeFailure, silentFailure, stuckFailure } from './upstream-failures.ts';
import { UpstreamLink } from './upstream-link.ts';
import { isMedia, type WaitingFrame, WaitingFrames } from './waiting-frames.ts';

type RelayState =
  /** Between the setup and the answer to it. */
  | { readonly status: 'settingUp'; readonly link: UpstreamLink; readonly opening: Opening }
  | { readonly status: 'open'; readonly link: UpstreamLink; readonly opening: Opening }
  /** The old connection is being closed; the next one must wait for that. */
  | { readonly status: 'leaving'; readonly link: UpstreamLink; readonly isQuiet: boolean }
  /** There is no connection; the {@link Reconnection} finds the next one. */
  | { readonly status: 'away' }
  | { readonly status: 'ended' };

/**
 * One client's conversation over as many upstream connections as it takes. The client's socket is not touched by any of
 * it; while there is no connection its messages wait.
 *
 * ```
 * start ▶ settingUp ──setupComplete──▶ open ──goAway, at a quiet point──▶ leaving
 *            ▲    │ refused, silent      │ closed, broken, deaf, stuck         │ gone
 *            │    └───────────────┐      │                                     │
 *            │                    ▼      ▼                                     │
 *            └─────opened──────── away ◀───────────────────────────────────────┘
 *
 *          ended ◀─ fatal close, first connection failed, outage too long, closed by the owner (from every state)
 * ```
 *
 * A connection and its timers belong to its {@link UpstreamLink}. Gemini refuses to resume a session whose old connection
 * is open, so this breaks before it makes.
 */
export class LastingRelay {
  readonly #options: LastingRelayOptions;
  readonly #setup: Setup;
  readonly #handle: SessionHandle;
  readonly #reconnection: Reconnection;
  readonly #talk: CarriedTalk;
  readonly #waiting: WaitingFrames;
  /** Whether the client gets resumption updates; otherwise they are the proxy's alone. */
  readonly #sharesUpdates: boolean;
  readonly #turnEnd = new TurnEnd(() => this.#talk.isBetweenTurns && !this.#waiting.hasWords);
  #state: RelayState = { status: 'ended' };
  /** Whether the session has begun; before, a refusal is the client's to know. */
  #hasBegun = false;
  #openLinks = 0;
  #isClosed = false;
  /** The newest connection, for {@link LastingRelay.terminate} after the end. */
  #newest: UpstreamLink | null = null;

  constructor(options: LastingRelayOptions) {
    const { setup, profile, settings } = options;
    this.#options = options;
    this.#setup = lastingSetup(setup, profile);
    this.#handle = new SessionHandle(setup.sessionResumption?.handle ?? null, settings.handlePatienceMs);
    this.#sharesUpdates = setup.sessionResumption !== undefined;
    this.#waiting = new WaitingFrames(settings.maxWaitingBytes);
    this.#reconnection = new Reconnection({
      settings,
      breaker: options.breaker,
      down: options.errors.down,
      handle: this.#handle,
      dial: options.dial,
      readHistory: (signal) => this.#readHistory(signal),
      onOpen: (upstream, opening) => this.#reopened(upstream, opening),
      onDialFailed: options.onDialFailed,
      onRetry: (failure) => this.#tell('reconnecting', failure),
      onOver: (failure, end) => this.#fail(failure, end),
    });
    const isTransparent = this.#setup.sessionResumption?.transparent === true;
    const { maxReplayBytes: maxBytes, firstMessageIndex: firstIndex } = settings;
    this.#talk = new CarriedTalk({
      backend: options.backend,
      profile,
      replay: isTransparent ? new ReplayLog({ maxBytes, firstIndex }) : null,
      isInitialHistory: setup.historyConfig?.initialHistoryInClientContent === true,
      maxPendingBytes: settings.maxPendingBytes,
      onNotKept: options.onNotKept,
    });
  }

  /** Says the setup on the first connection, which the owner has opened. */
  start(upstream: SocketPort, permit: DialPermit): void {
    this.#begin(upstream, this.#setup, { handle: this.#handle.value, history: [], permit });
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
    if ('link' in this.#state) this.#state.link.clientDrained();
  }

  /** Calls `task` once when no turn is under way and no words wait: now, or behind the message that ends it. */
  whenBetweenTurns(task: () => void): void {
    this.#turnEnd.await(task);
  }

  /** Ends whatever is under way; `onGone` follows. Idempotent. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const state = this.#state;
    this.#reconnection.cancel();
    this.#state = { status: 'ended' };
    if ('link' in state) state.link.close(code, reason);
    this.#tellIfGone();
  }

  /** Ends the connection without a closing handshake. */
  terminate(): void {
    this.#newest?.terminate();
  }

  // Connections

  #begin(upstream: SocketPort, setup: Setup, opening: Opening): void {
    const { client, limits, settings, identityKey } = this.#options;
    const link: UpstreamLink = new UpstreamLink({
      client,
      upstream,
      limits,
      settings,
      permit: opening.permit,
      suspect: opening.handle === null ? `identity ${identityKey}` : `handle ${opening.handle}`,
      isDue: () => this.#talk.isAskedFor,
      inspect: (data, isVoice) => this.#inspect(link, data, isVoice),
      onMark: (mark) => this.#arrived(link, mark),
      onSilent: () => this.#silent(link),
      onStuck: (who) => this.#stuck(link, who),
      onFault: (fault) => this.#fault(fault),
      onClosed: (closure) => this.#linkClosed(link, closure),
    });
    this.#openLinks += 1;
    this.#newest = link;
    this.#state = { status: 'settingUp', link, opening };
    link.start(JSON.stringify({ setup }));
  }

  #reopened(upstream: SocketPort, opening: Opening): void {
    this.#begin(upstream, nextSetup(this.#setup, this.#options.profile, opening), opening);
  }

  /** Never rejects: a conversation without its application's memory is better than none. */
  async #readHistory(signal: AbortSignal): Promise<readonly HistoryTurn[]> {
    const { readHistory, onDialFailed } = this.#options;
    if (readHistory === null) return this.#talk.history;
    try {
      const { settings, limits } = this.#options;
      const history = await askHistory(readHistory, limits.handshakeTimeoutMs, { signal, clock: settings.clock });
      return withoutTexts(history, this.#talk.pendingTexts);
    } catch (error) {
      if (!signal.aborted) onDialFailed(error);
      return this.#talk.history;
    }
  }

  #linkClosed(link: UpstreamLink, closure: SocketClosure): void {
    this.#openLinks -= 1;
    const state = this.#state;
    if (state.status === 'leaving' && state.link === link) {
      link.release();
      if (state.isQuiet) this.#cutTurn();
      this.#state = { status: 'away' };
      this.#reconnection.start();
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
    const { link } = state;
    // A clean end is an end where nothing was ever said of resuming.
    if (!this.#hasBegun || (closure.code === 1000 && !this.#handle.wasGiven && link.failure === null)) {
      this.#end({ type: 'closed', closure });
      return;
    }
    const { lastedMs } = link;
    const nowMs = this.#options.settings.clock.monotonic();
    this.#detach(link);
    if (failure.code === 'ERR_GEMINI_AUDIO_FORMAT') {
      this.#waiting.drop(isMedia);
      this.#talk.audioRefused(nowMs);
    } else if (failure.retryable) this.#handle.ended(state.opening.handle, lastedMs, nowMs);
    const isStale = failure.code === 'ERR_GEMINI_UNAUTHENTICATED' && this.#options.renewCredential();
    this.#reconnection.after(
      { ...failure, retryable: failure.retryable || isStale },
      { type: 'closed', closure },
      lastedMs,
    );
  }

  #fail(failure: ConnectionFailure, end: RelayEnd): void {
    this.#tell('failed', failure);
    this.#end(end);
  }

  // Leaving

  #goAway(timeLeftMs: number): void {
    const state = this.#state;
    if (state.status !== 'open' || state.link.isLeaving) return;
    state.link.leaveWithin(timeLeftMs, () => this.#leave(false));
    this.#tell('leaving', { code: 'ERR_GEMINI_DEADLINE', reason: 'The service will end this connection.' });
  }

  #leaveIfQuiet(): void {
    const state = this.#state;
    if (state.status !== 'open' || !state.link.isLeaving || this.#handle.value === null) return;
    if (this.#talk.isQuiet) this.#leave(true);
  }

  /** In a quiet moment what still comes is carried to its end; otherwise the answer is cut here. */
  #leave(isQuiet: boolean): void {
    const state = this.#state;
    if (state.status !== 'open') return;
    const { link } = state;
    this.#reconnection.settled();
    this.#options.client.resume();
    if (!isQuiet) {
      link.release();
      this.#cutTurn();
    }
    this.#state = { status: 'leaving', link, isQuiet };
    this.#tell('reconnecting', { code: null, reason: 'The connection to the service is renewed.' });
    link.finish();
  }

  /** The connection carries nothing any more. */
  #detach(link: UpstreamLink): void {
    link.release();
    // The flow that may have stopped the client is gone.
    this.#options.client.resume();
    if (link.lastedMs !== null) this.#cutTurn();
    this.#state = { status: 'away' };
  }

  #cutTurn(): void {
    // The service's own messages are binary.
    for (const message of this.#talk.cut()) this.#options.client.send(Buffer.from(JSON.stringify(message)), true);
    this.#turnEnd.look();
  }

  // What the service says

  /** Returns whether the client may see it. */
  #inspect(link: UpstreamLink, data: Buffer, isVoice: boolean): boolean {
    const state = this.#state;
    if (!('link' in state) || state.link !== link) return false;
    if (isVoice) {
      // Nearly all messages are nothing else.
      link.heard(true);
      this.#talk.observe(voice);
      return true;
    }
    const events = readServerFrame(data);
    link.heard(events.some(isSignOfLife));
    const isFirstSetup = !this.#hasBegun;
    for (const event of events) this.#take(event);
    this.#leaveIfQuiet();
    this.#turnEnd.look();
    return events.length === 0 || events.some(({ type }) => this.#isForClient(type, isFirstSetup));
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
        this.#opened(event.sessionId);
        break;
      case 'goAway':
        this.#goAway(event.timeLeftMs);
        break;
      case 'sessionResumptionUpdate':
        if (event.resumable && event.handle !== null && this.#talk.hasArrived) this.#handle.renew(event.handle);
        break;
      case 'turnComplete':
        this.#reconnection.settled();
        break;
      default:
    }
  }

  #opened(upstreamSessionId: string | null): void {
    const state = this.#state;
    if (state.status !== 'settingUp') return;
    this.#options.onOpened(upstreamSessionId);
    const { link } = state;
    const { handle, history } = state.opening;
    const isResumed = this.#hasBegun && handle !== null;
    this.#state = { status: 'open', link, opening: state.opening };
    link.opened(isResumed);
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return;
    }
    const again = isResumed ? this.#talk.resume() : this.#talk.restart(history);
    for (const sent of [...again, ...this.#waiting.takeAll()])
      if (this.#talk.isWanted(sent.kind)) this.#send(link, sent);
    this.#tell(isResumed ? 'resumed' : 'restarted', null);
    if (this.#talk.isDegraded) this.#tell('degraded', audioRefused);
  }

  // What the client says

  #send(link: UpstreamLink, sent: WaitingFrame, passage?: Passage): void {
    const { frame, kind } = sent;
    const mark = this.#talk.sent(sent);
    const isAsked = kind.type === 'ask' || (kind.type === 'activity' && kind.edge === 'end');
    if (isAsked) link.asked();
    link.forward(frame.data, frame.isBinary, passage);
    if (mark !== null) link.mark(mark);
  }

  #arrived(link: UpstreamLink, mark: string): void {
    const state = this.#state;
    if (!('link' in state) || state.link !== link) return;
    this.#talk.arrived(mark);
    link.answered();
  }

  // What goes wrong

  #silent(link: UpstreamLink): void {
    const { errors, limits } = this.#options;
    if (!this.#hasBegun) this.#end({ type: 'failed', error: errors.silent() });
    else link.giveUp(silentFailure(limits.firstMessageTimeoutMs));
  }

  #stuck(link: UpstreamLink, who: 'client' | 'upstream'): void {
    const { errors } = this.#options;
    if (who === 'client') this.#end({ type: 'failed', error: errors.clientStuck() });
    else if (!this.#hasBegun) this.#end({ type: 'failed', error: errors.upstreamStuck() });
    else link.giveUp(stuckFailure);
  }

  #fault(fault: SocketFault): void {
    // The same message would come again; a broken connection is for `close` to tell.
    if (!this.#hasBegun || fault.kind !== 'broken') {
      this.#end({ type: 'failed', error: this.#options.errors.lost(fault) });
    }
  }

  // Ends

  #end(end: RelayEnd): void {
    if (this.#isClosed) return;
    this.#options.onEnd(end);
  }

  #tellIfGone(): void {
    if (this.#isClosed && this.#openLinks === 0) this.#options.onGone();
  }

  #tell(state: ContinuityChange['state'], why: Pick<ContinuityChange, 'code' | 'reason'> | null): void {
    this.#options.onChange({ state, code: why?.code ?? null, reason: why?.reason ?? null });
  }
}
