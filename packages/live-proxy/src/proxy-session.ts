import { describeGeminiClose, type Setup } from '@colloquy/live-protocol';
import { isSendableCloseCode, toUpstreamClose } from './close-mapping.ts';
import type { LiveProxyError } from './errors.ts';
import { stageOf, toClientClose } from './failures.ts';
import type { LiveProxyLimits } from './limits.ts';
import { MessageQueue } from './message-queue.ts';
import { Relay } from './relay.ts';
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
  upstreamLost,
  upstreamSilent,
  upstreamStuck,
} from './session-errors.ts';
import { type DecideSetup, decideSetup, readSetup } from './setup-decision.ts';
import { inspectLaterMessage } from './setup-guard.ts';
import type { SocketClosure, SocketFault, SocketPort } from './socket-port.ts';
import { dialUpstream } from './upstream/dial.ts';
import type { Upstream } from './upstream/upstream.ts';

/** What a session is made of. */
export interface ProxySessionOptions {
  readonly sessionId: string;
  readonly client: SocketPort;
  readonly identity: unknown;
  readonly upstream: Upstream;
  readonly decideSetup: DecideSetup<unknown>;
  readonly limits: LiveProxyLimits;
  readonly reporter: Reporter;
  /** Both connections are gone. Called once, last. */
  readonly onGone: () => void;
}

type SessionState =
  | { readonly status: 'awaitingSetup'; readonly deadline: NodeJS.Timeout | undefined }
  | { readonly status: 'preparing'; readonly attempt: AbortController; readonly queue: MessageQueue }
  | { readonly status: 'relaying'; readonly relay: Relay }
  | { readonly status: 'closed' };

type SessionEnd = Pick<Extract<LiveProxyEvent, { type: 'sessionClosed' }>, 'closedBy' | 'code' | 'reason' | 'cause'>;

/**
 * One client and, once its setup has been decided, one upstream connection.
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
  #upstream: SocketPort | null = null;
  /** Sockets that have not closed yet. */
  #openSockets = 1;

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
      message: (data, isBinary) => this.#onClientMessage(data, isBinary),
      drain: () => {
        if (this.#state.status === 'relaying') this.#state.relay.clientDrained();
      },
      fault: (fault) => this.#onClientFault(fault),
      close: (closure) => this.#onClientClosed(closure),
    });
  }

  /** Ends the session because the proxy is closing. */
  drain(): void {
    this.#fail(draining());
  }

  /** Ends both connections without waiting for the closing handshakes. */
  terminate(): void {
    this.drain();
    this.#options.client.terminate();
    this.#upstream?.terminate();
  }

  #onClientMessage(data: Buffer, isBinary: boolean): void {
    const state = this.#state;
    switch (state.status) {
      case 'awaitingSetup':
        void this.#prepare(data);
        return;
      case 'preparing':
        if (this.#mayPass(data) && !state.queue.push(data, isBinary)) this.#fail(queueFull(this.#options.limits));
        return;
      case 'relaying':
        if (this.#mayPass(data)) state.relay.forward(data, isBinary);
        return;
      case 'closed':
        return;
      default:
        state satisfies never;
    }
  }

  /** The setup is the server's: no client may say another one later. */
  #mayPass(data: Buffer): boolean {
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
      const upstream = await this.#dial(attempt.signal);
      // The client may leave in the very moment in which the upstream opens.
      if (attempt.signal.aborted) upstream.terminate();
      else this.#relay(setup, upstream, queue, performance.now() - startedAtMs);
    } catch (error) {
      if (!attempt.signal.aborted) this.#fail(toLiveProxyError(error));
    }
  }

  async #decide(data: Buffer, signal: AbortSignal): Promise<Setup> {
    const { upstream, identity, decideSetup: decide, limits } = this.#options;
    const requested = readSetup(data, upstream);
    return decideSetup({ requested, identity, decide, upstream, timeoutMs: limits.handshakeTimeoutMs, signal });
  }

  #dial(signal: AbortSignal): Promise<SocketPort> {
    const { upstream, limits } = this.#options;
    const { handshakeTimeoutMs, maxUpstreamMessageBytes: maxMessageBytes } = limits;
    return dialUpstream(upstream, { signal, handshakeTimeoutMs, maxMessageBytes });
  }

  #relay(setup: Setup, upstream: SocketPort, queue: MessageQueue, elapsedMs: number): void {
    const { client, limits, reporter, sessionId } = this.#options;
    const name = this.#options.upstream.describe();
    reporter.event({ type: 'upstreamOpened', sessionId, upstream: name, model: setup.model ?? '', elapsedMs });
    this.#upstream = upstream;
    this.#openSockets += 1;
    const relay = new Relay({
      client,
      upstream,
      limits,
      onSilent: () => this.#fail(upstreamSilent(name, limits)),
      onStuck: (who) => this.#fail(who === 'client' ? clientStuck(limits) : upstreamStuck(name, limits)),
      onUpstreamFault: (fault) => this.#fail(upstreamLost(name, fault)),
      onUpstreamClosed: (closure) => this.#onUpstreamClosed(closure),
    });
    this.#enter({ status: 'relaying', relay });
    relay.start(JSON.stringify({ setup }));
    for (const { data, isBinary } of queue.takeAll()) relay.forward(data, isBinary);
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
    if (code === 1005) this.#close({ closedBy: 'upstream', code: 1000, reason: '', cause: null });
    else if (!isSendableCloseCode(code)) this.#fail(upstreamLost(this.#options.upstream.describe(), null));
    else this.#close({ closedBy: 'upstream', code, reason, cause: code === 1000 ? null : explain(code, reason) });
    this.#release();
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
    reporter.event({ type: 'sessionClosed', sessionId, ...end, durationMs: performance.now() - this.#openedAtMs });
  }

  #enter(state: SessionState): void {
    this.#state = state;
  }

  #release(): void {
    this.#openSockets -= 1;
    if (this.#openSockets === 0) this.#options.onGone();
  }
}

/** What Gemini's close code means and what helps. */
function explain(code: number, reason: string): { code: string; message: string } {
  const meaning = describeGeminiClose(code, reason);
  return { code: meaning.code, message: `${reason || `close code ${code}`} (${meaning.hint})` };
}
