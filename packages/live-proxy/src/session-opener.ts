import { costOf, type PriceTable } from '@colloquy/live-protocol';
import { ClientLeg } from './client-leg/client-leg.ts';
import type { ClientRequest } from './client-request.ts';
import type { CircuitBreaker } from './continuity/circuit-breaker.ts';
import type { ContinuitySettings } from './continuity/continuity-options.ts';
import { isToldChanges } from './continuity/continuity-state.ts';
import { withControl } from './control-channel.ts';
import { Deadline } from './deadline.ts';
import type { IdentityAccount } from './leases/identity-account.ts';
import { Revocations } from './leases/revocations.ts';
import { SessionLease } from './leases/session-lease.ts';
import { TokenBudget } from './leases/token-budget.ts';
import type { LiveProxyLimits } from './limits.ts';
import { ProxySession } from './proxy-session.ts';
import { randomId } from './random-id.ts';
import type { Reporter } from './reporter.ts';
import { leaseLost, toLiveProxyError } from './session-errors.ts';
import type { SessionRegistry } from './session-registry.ts';
import { type DecideSetup, withPermissions } from './setup-decision.ts';
import type { SocketPort } from './socket-port.ts';
import type { Tickets } from './tickets/tickets.ts';
import { dialUpstream, timeoutError } from './upstream/dial.ts';
import { withSecondChance } from './upstream/second-chance.ts';
import type { Upstream } from './upstream/upstream.ts';
import { WarmPool, type WarmPoolOptions } from './upstream/warm-pool.ts';
import { UsageMeter } from './usage/usage-meter.ts';

/** A client that may connect. */
export interface Admitted {
  readonly identity: unknown;
  /** The proxy's, with those of the identity over them. */
  readonly limits: LiveProxyLimits;
  readonly account: IdentityAccount;
}

/** Options of {@link SessionOpener}. */
export interface SessionOpenerOptions {
  readonly upstream: Upstream;
  /** Of the proxy, whoever the client is. */
  readonly limits: LiveProxyLimits;
  /** Connections that are opened ahead; `null` for none. */
  readonly warm: Required<WarmPoolOptions> | null;
  readonly decideSetup: DecideSetup<unknown>;
  /** Whether the application decides the setup, and with it what a client may say. */
  readonly isSetupDecided: boolean;
  readonly continuity: { readonly settings: ContinuitySettings; readonly breaker: CircuitBreaker } | null;
  readonly tickets: Tickets | null;
  readonly endsWithTicket: boolean;
  readonly prices: PriceTable;
  readonly reporter: Reporter;
  readonly registry: SessionRegistry;
}

/** Puts a session together: the client's socket, its limits and leases, its meter, and what carries its messages. */
export class SessionOpener {
  readonly #options: SessionOpenerOptions;
  readonly #tickets: { readonly tickets: Tickets; readonly revocations: Revocations } | null;
  readonly #pool: WarmPool | null;

  constructor(options: SessionOpenerOptions) {
    this.#options = options;
    const { tickets } = options;
    const onError = (error: unknown) => this.#leaseFailed(error, null);
    this.#tickets = tickets && { tickets, revocations: new Revocations(tickets, onError) };
    const { upstream, warm, reporter } = options;
    this.#pool =
      warm &&
      new WarmPool({
        ...warm,
        upstream,
        dial: (signal) => this.#dialAnew(signal),
        timeoutMs: options.limits.handshakeTimeoutMs,
        onError: (error) => reporter.error(error, { stage: 'dial', sessionId: null }),
      });
  }

  /** Begins to open connections ahead. Idempotent. */
  start(): void {
    this.#pool?.start();
  }

  /** Ends what was opened ahead. */
  dispose(): void {
    this.#pool?.dispose();
  }

  /** The session has been told to the observers and is registered; it has not begun to read its client. */
  open(
    accepted: SocketPort,
    { identity, limits, account }: Admitted,
    { request, onGone }: { readonly request: ClientRequest | null; readonly onGone: (session: ProxySession) => void },
  ): ProxySession {
    const { upstream, decideSetup, isSetupDecided, continuity, prices, reporter, registry } = this.#options;
    const sessionId = randomId();
    const remoteAddress = request?.remoteAddress ?? null;
    reporter.event({ type: 'sessionOpened', sessionId, identity, remoteAddress });
    const isTold = isToldChanges(request?.subprotocols ?? []);
    const onError = (error: unknown) => this.#leaseFailed(error, sessionId);
    const budget = new TokenBudget({
      limits,
      account,
      onLow: (notice) => session.notify(notice),
      onSpent: (error) => session.end(error),
      onError,
    });
    const modelNow = () => registry.modelOf(sessionId) ?? '';
    const meter = new UsageMeter({
      costOf: (turn) => costOf(turn, modelNow(), prices),
      onTurn: (turn, turnCost, total) => {
        reporter.event({ type: 'usageReported', sessionId, model: modelNow(), turn, turnCost, total });
        budget.spend(turn.totalTokens);
      },
    });
    const lease = new SessionLease({
      identity,
      limits,
      tickets: this.#tickets,
      endsWithTicket: this.#options.endsWithTicket,
      onNotice: (notice) => session.notify(notice),
      onEnd: (error) => session.end(error),
      onError,
    });
    account.onLost = () => session.end(leaseLost(limits));
    const leg = new ClientLeg({
      // Whoever does not speak our subprotocol says everything to Gemini.
      socket: isTold
        ? withControl(accepted, {
            onTicket: (ticket) => void lease.refresh(ticket),
            onRefused: (error) => session.end(error),
          })
        : accepted,
      limits,
      heartbeatIntervalMs: limits.heartbeatIntervalMs,
      mayBeRestricted: isSetupDecided,
      meter,
      onLimit: (error) => session.end(error),
    });
    const session: ProxySession = new ProxySession({
      sessionId,
      client: leg,
      identity,
      identityKey: account.key,
      upstream,
      decideSetup: withPermissions(decideSetup, (messages) => leg.allowOnly(messages)),
      limits,
      reporter,
      isTold,
      dial: (signal) => this.#dial(signal),
      continuity,
      usage: () => meter.total,
      onGone: () => {
        lease.dispose();
        registry.remove(sessionId);
        onGone(session);
      },
    });
    registry.add({
      sessionId,
      identity,
      remoteAddress,
      leg,
      session,
      usage: () => meter.total,
    });
    return session;
  }

  async #dial(signal: AbortSignal): Promise<SocketPort> {
    if (this.#pool === null) return this.#dialAnew(signal);
    const { upstream, limits } = this.#options;
    const { handshakeTimeoutMs: timeoutMs } = limits;
    const deadline = new Deadline({ timeoutMs, error: () => timeoutError(upstream, timeoutMs), signal });
    try {
      const waited = await this.#pool.take(deadline.signal);
      if (waited === null) return await this.#dialAnew(deadline.signal);
      return withSecondChance(waited, (leaving) => this.#dialAnew(leaving));
    } finally {
      deadline.clear();
    }
  }

  #dialAnew(signal: AbortSignal): Promise<SocketPort> {
    const { upstream, limits } = this.#options;
    const { handshakeTimeoutMs, maxUpstreamMessageBytes: maxMessageBytes } = limits;
    return dialUpstream(upstream, { signal, handshakeTimeoutMs, maxMessageBytes });
  }

  #leaseFailed(error: unknown, sessionId: string | null): void {
    this.#options.reporter.error(toLiveProxyError(error), { stage: 'lease', sessionId });
  }
}
