import { describeGeminiClose, modelProfile, type Setup } from '@colloquy/live-protocol';
import { isSendableCloseCode, toUpstreamClose } from './close-mapping.ts';
import type { CircuitBreaker, DialPermit } from './continuity/circuit-breaker.ts';
import type { ContinuitySettings } from './continuity/continuity-options.ts';
import { type ContinuityChange, continuityMessage } from './continuity/continuity-state.ts';
import { LastingRelay } from './continuity/lasting-relay.ts';
import type { RelayEnd } from './continuity/lasting-relay-options.ts';
import type { LiveProxyError } from './errors.ts';
import { stageOf, toClientClose } from './failures.ts';
import type { LiveProxyLimits } from './limits.ts';
import { MessageQueue } from './message-queue.ts';
import { type Notice, noticeMessage } from './notice.ts';
import { PlainRelay } from './plain-relay.ts';

import type { LiveProxyEvent, Reporter } from './reporter.ts';
import {
  clientStuck,
  draining,
  messageInvalid,
  messageTooLarge,
  queueFull,
  setupLate,
  setupRepeated,
  toLiveProxyError,
  upstreamDown,
  upstreamLost,
  upstreamSilent,
  upstreamStuck,
  waitingFull,
} from './session-errors.ts';
import { type DecideSetup, decideSetup, readSetup } from './setup-decision.ts';
import { inspectLaterMessage } from './setup-guard.ts';
import type { Passage, SocketClosure, SocketFault, SocketPort } from './socket-port.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { SessionUsage } from './usage/session-usage.ts';

/** How a session outlives its upstream connection. */
export interface SessionContinuity {
  readonly settings: ContinuitySettings;
  /** Of the upstream, for all sessions together. */
  readonly breaker: CircuitBreaker;
}

/** What a session is made of. */
export interface ProxySessionOptions {
  readonly sessionId: string;
  readonly client: SocketPort;
  readonly identity: unknown;
  /** What tells it from others. */
  readonly identityKey: string;
  readonly upstream: Upstream;
  readonly decideSetup: DecideSetup<unknown>;
  /** Opens a connection to the upstream, or takes one that is open. */
  readonly dial: (signal: AbortSignal) => Promise<SocketPort>;
  readonly limits: LiveProxyLimits;
  readonly reporter: Reporter;
  /** The client speaks the subprotocol in which it is told what happens. */
  readonly isTold: boolean;
  /** `null`: the session ends with its upstream connection. */
  readonly continuity: SessionContinuity | null;
  /** What it has used so far. */
  readonly usage: () => SessionUsage;
  /** Both connections are gone. Called once, last. */
  readonly onGone: () => void;
}

type SessionState =
  | { readonly status: 'awaitingSetup'; readonly deadline: NodeJS.Timeout | undefined }
  | { readonly status: 'preparing'; readonly attempt: AbortController; readonly queue: MessageQueue }
  | { readonly status: 'relaying'; readonly relay: SessionRelay }
  | { readonly status: 'closed' };

/** Where a session is in its life. */
export type SessionStatus = 'awaitingSetup' | 'preparing' | 'relaying' | 'closed';

/** The first connection; a permit where a breaker watches over it. */
interface Dialled {
  readonly upstream: SocketPort;
  readonly permit: DialPermit | null;
}

/** What carries the messages of both sides. */
type SessionRelay = Pick<LastingRelay, 'forward' | 'clientDrained' | 'whenBetweenTurns' | 'close' | 'terminate'>;

type SessionEnd = Pick<Extract<LiveProxyEvent, { type: 'sessionClosed' }>, 'closedBy' | 'code' | 'reason' | 'cause'>;

/**
 * One client and, once its setup has been decided, one upstream connection; or one after the other, where a
 * {@link LastingRelay} keeps the session going.
 *
 * ```
 * awaitingSetup ──setup──▶ preparing ──upstream open──▶ relaying
 *       │                      │                            │
 *   late, wrong,          refused, failed,            either side closes,
 *   client left           client left                 stuck, second setup
 *       └──────────────────────┴──────────┬─────────────────┘
 *                                         ▼
 *                                      closed
 * ```
 */
export class ProxySession {
  readonly #options: ProxySessionOptions;
  readonly #openedAtMs = performance.now();
  #state: SessionState = { status: 'awaitingSetup', deadline: undefined };
  #relay: SessionRelay | null = null;
  /** Sides that have not closed yet. */
  #openSides = 1;
  #upstreamConnections = 0;
  #upstreamSessionId: string | null = null;

  constructor(options: ProxySessionOptions) {
    this.#options = options;
  }

  /** Starts to read the client, and the clock for its setup. */
  start(): void {
    const { client, limits } = this.#options;
    if (limits.firstMessageTimeoutMs > 0) {
      const deadline = setTimeout(() => this.#fail(setupLate(limits)), limits.firstMessageTimeoutMs);
      this.#enter({ status: 'awaitingSetup', deadline });
    }
    client.listen({
      message: (data, isBinary, passage) => this.#onClientMessage(data, isBinary, passage),
      drain: () => {
        if (this.#state.status === 'relaying') this.#state.relay.clientDrained();
      },
      fault: (fault) => this.#onClientFault(fault),
      close: (closure) => this.#onClientClosed(closure),
    });
  }

  get status(): SessionStatus {
    return this.#state.status;
  }

  /** Connections to the upstream on which the session was or is, the present one included. */
  get upstreamConnections(): number {
    return this.#upstreamConnections;
  }

  /** The service's name for the session on the present connection; `null` where it has none, or nobody looks. */
  get upstreamSessionId(): string | null {
    return this.#upstreamSessionId;
  }

  /** Ends the session because of something that is not its own. */
  end(error: LiveProxyError): void {
    this.#fail(error);
  }

  /** Tells the client something, if it speaks the subprotocol for it. */
  notify(notice: Notice): void {
    if (this.#state.status === 'closed') return;
    const { client, isTold, reporter, sessionId } = this.#options;
    reporter.event({ type: 'noticeGiven', sessionId, ...notice });
    if (isTold) client.send(noticeMessage(notice));
  }

  /** The proxy is closing: the turn that is under way may come to its end, and then the session ends. */
  finish(graceMs: number): void {
    if (this.#state.status !== 'relaying') {
      this.drain();
      return;
    }
    this.notify(serverClosing(graceMs));
    this.#state.relay.whenBetweenTurns(() => this.drain());
  }

  /** Ends the session because the proxy is closing. */
  drain(): void {
    this.#fail(draining());
  }

  /** Ends both connections without waiting for the closing handshakes. */
  terminate(): void {
    this.drain();
    this.#options.client.terminate();
    this.#relay?.terminate();
  }

  #onClientMessage(data: Buffer, isBinary: boolean, passage?: Passage): void {
    const state = this.#state;
    switch (state.status) {
      case 'awaitingSetup':
        void this.#prepare(data);
        return;
      case 'preparing':
        if (this.#mayPass(data, passage) && !state.queue.push(data, isBinary))
          this.#fail(queueFull(this.#options.limits));
        return;
      case 'relaying':
        if (this.#mayPass(data, passage)) state.relay.forward(data, isBinary, passage);
        return;
      case 'closed':
        return;
      default:
        state satisfies never;
    }
  }

  /** The setup is the server's: no client may say another one later. */
  #mayPass(data: Buffer, passage?: Passage): boolean {
    if (passage?.media) return true;
    const finding = inspectLaterMessage(data);
    if (finding === 'harmless') return true;
    this.#fail(finding === 'setup' ? setupRepeated() : messageInvalid());
    return false;
  }

  async #prepare(data: Buffer): Promise<void> {
    clearTimeout(this.#state.status === 'awaitingSetup' ? this.#state.deadline : undefined);
    const attempt = new AbortController();
    const queue = new MessageQueue(this.#options.limits.maxQueuedBytes);
    this.#enter({ status: 'preparing', attempt, queue });
    const startedAtMs = performance.now();
    try {
      const setup = await this.#decide(data, attempt.signal);
      const { upstream, permit } = await this.#dialFirst(attempt.signal);
      // The client may leave in the very moment in which the upstream opens.
      if (attempt.signal.aborted) {
        upstream.terminate();
        permit?.abandoned();
      } else this.#startRelay(setup, { upstream, permit, queue, elapsedMs: performance.now() - startedAtMs });
    } catch (error) {
      if (!attempt.signal.aborted) this.#fail(toLiveProxyError(error));
    }
  }

  async #decide(data: Buffer, signal: AbortSignal): Promise<Setup> {
    const { upstream, identity, decideSetup: decide, limits } = this.#options;
    const requested = readSetup(data, upstream);
    return decideSetup({ requested, identity, decide, upstream, timeoutMs: limits.handshakeTimeoutMs, signal });
  }

  /** A client that waits for its first word is not kept waiting for an upstream that is down. */
  async #dialFirst(signal: AbortSignal): Promise<Dialled> {
    const { continuity, upstream, dial } = this.#options;
    if (continuity === null) return { upstream: await dial(signal), permit: null };
    const permit = continuity.breaker.admit();
    if (typeof permit === 'number') throw upstreamDown(upstream.describe(), permit);
    try {
      return { upstream: await dial(signal), permit };
    } catch (error) {
      if (signal.aborted) permit.abandoned();
      else permit.failed(null);
      throw error;
    }
  }

  #startRelay(
    setup: Setup,
    { upstream, permit, queue, elapsedMs }: Dialled & { readonly queue: MessageQueue; readonly elapsedMs: number },
  ): void {
    const { reporter, sessionId, continuity } = this.#options;
    const name = this.#options.upstream.describe();
    reporter.event({ type: 'upstreamOpened', sessionId, upstream: name, model: setup.model ?? '', elapsedMs });
    this.#openSides += 1;
    const relay =
      continuity === null || permit === null
        ? this.#plainRelay(setup, upstream)
        : this.#lastingRelay(setup, { upstream, permit, continuity });
    for (const { data, isBinary } of queue.takeAll()) relay.forward(data, isBinary);
  }

  #plainRelay(setup: Setup, upstream: SocketPort): SessionRelay {
    const { client, limits } = this.#options;
    const { backend } = this.#options.upstream;
    const name = this.#options.upstream.describe();
    const relay = new PlainRelay({
      client,
      upstream,
      backend,
      limits,
      onSilent: () => this.#fail(upstreamSilent(name, limits)),
      onStuck: (who) => this.#fail(who === 'client' ? clientStuck(limits) : upstreamStuck(name, limits)),
      onUpstreamFault: (fault) => this.#fail(upstreamLost(name, fault)),
      onUpstreamClosed: (closure) => {
        this.#onUpstreamClosed(closure);
        this.#release();
      },
    });
    this.#enterRelaying(relay);
    this.#upstreamConnections = 1;
    relay.start(setup);
    return relay;
  }

  #lastingRelay(
    setup: Setup,
    { upstream, permit, continuity }: { upstream: SocketPort; permit: DialPermit; continuity: SessionContinuity },
  ): SessionRelay {
    const { client, limits, sessionId, identity, identityKey, reporter } = this.#options;
    const { settings, breaker } = continuity;
    const { backend } = this.#options.upstream;
    const name = this.#options.upstream.describe();
    const model = setup.model ?? '';
    const { history } = settings;
    const relay = new LastingRelay({
      client,
      backend,
      profile: modelProfile(model, backend),
      setup,
      limits,
      settings,
      breaker,
      identityKey,
      errors: {
        silent: () => upstreamSilent(name, limits),
        lost: (fault) => upstreamLost(name, fault),
        clientStuck: () => clientStuck(limits),
        upstreamStuck: () => upstreamStuck(name, limits),
        queueFull: (maxBytes) => waitingFull(maxBytes),
        down: (pauseMs) => upstreamDown(name, pauseMs),
      },
      dial: this.#options.dial,
      renewCredential: () => this.#options.upstream.refused?.(null) ?? false,
      readHistory: history && ((signal) => history(identity, { sessionId, model }, { signal })),
      onChange: (change) => this.#tellChange(change),
      onOpened: (upstreamSessionId) => {
        this.#upstreamConnections += 1;
        this.#upstreamSessionId = upstreamSessionId;
      },
      onDialFailed: (error) => reporter.error(toLiveProxyError(error), { stage: 'dial', sessionId }),
      onNotKept: () => this.notify(turnNotKept(settings.maxPendingBytes)),
      onEnd: (end) => this.#onRelayEnd(end),
      onGone: () => this.#release(),
    });
    this.#enterRelaying(relay);
    relay.start(upstream, permit);
    return relay;
  }

  #enterRelaying(relay: SessionRelay): void {
    this.#relay = relay;
    this.#enter({ status: 'relaying', relay });
  }

  #tellChange(change: ContinuityChange): void {
    const { client, isTold, reporter, sessionId } = this.#options;
    reporter.event({ type: 'continuityChanged', sessionId, ...change });
    if (isTold) client.send(continuityMessage(change));
  }

  #onRelayEnd(end: RelayEnd): void {
    if (end.type === 'closed') this.#onUpstreamClosed(end.closure);
    else this.#fail(toLiveProxyError(end.error));
  }

  #onClientFault(fault: SocketFault): void {
    // The socket has answered a broken message already. A broken connection needs no answer: `close` follows.
    if (fault.kind === 'tooLarge') this.#fail(messageTooLarge(this.#options.limits));
    else if (fault.kind === 'violation') this.#fail(messageInvalid(fault));
  }

  #onClientClosed({ code, reason }: SocketClosure): void {
    this.#close({ closedBy: 'client', code, reason, cause: null }, toUpstreamClose(code, reason));
    this.#release();
  }

  #onUpstreamClosed({ code, reason }: SocketClosure): void {
    // Whoever comes next gets another credential, where there is one.
    if (describeGeminiClose(code, reason).code === 'ERR_GEMINI_UNAUTHENTICATED') this.#options.upstream.refused?.(null);
    if (code === 1005) this.#close({ closedBy: 'upstream', code: 1000, reason: '', cause: null });
    else if (!isSendableCloseCode(code)) this.#fail(upstreamLost(this.#options.upstream.describe(), null));
    else this.#close({ closedBy: 'upstream', code, reason, cause: code === 1000 ? null : explain(code, reason) });
  }

  #fail(error: LiveProxyError): void {
    if (this.#state.status === 'closed') return;
    const { sessionId, reporter } = this.#options;
    this.#close({ closedBy: 'proxy', ...toClientClose(error), cause: { code: error.code, message: error.message } });
    const stage = stageOf(error);
    if (stage !== null) reporter.error(error, { stage, sessionId });
  }

  #close(end: SessionEnd, upstream: { code: number; reason: string } = { code: 1000, reason: '' }): void {
    const left = this.#state;
    if (left.status === 'closed') return;
    this.#enter({ status: 'closed' });
    if (left.status === 'awaitingSetup') clearTimeout(left.deadline);
    if (left.status === 'preparing') left.attempt.abort();
    if (left.status === 'relaying') left.relay.close(upstream.code, upstream.reason);
    const { client, reporter, sessionId } = this.#options;
    client.close(end.code, end.reason);
    const durationMs = performance.now() - this.#openedAtMs;
    reporter.event({ type: 'sessionClosed', sessionId, ...end, durationMs, usage: this.#options.usage() });
  }

  #enter(state: SessionState): void {
    this.#state = state;
  }

  #release(): void {
    this.#openSides -= 1;
    if (this.#openSides === 0) this.#options.onGone();
  }
}

function serverClosing(graceMs: number): Notice {
  const message = `The server closes: what is being said comes to its end within ${graceMs} ms; then connect again.`;
  return { code: 'serverClosing', message };
}

function turnNotKept(maxPendingBytes: number): Notice {
  const message = `More than maxPendingBytes ${maxPendingBytes} of messages await their answer: the newest would be lost with the connection.`;
  return { code: 'turnNotKept', message };
}

/** What Gemini's close code means and what helps. */
function explain(code: number, reason: string): { code: string; message: string } {
  const meaning = describeGeminiClose(code, reason);
  return { code: meaning.code, message: `${reason || `close code ${code}`} (${meaning.hint})` };
}
