import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkPrices, TICKET_SUBPROTOCOL_PREFIX } from '@colloquy/live-protocol';
import { type AdmitOptions, admit } from './admission.ts';
import { type ClientLimits, overLimits } from './client-limits.ts';
import { type ClientRequest, fromIncomingMessage, fromWebRequest } from './client-request.ts';
import { breakerOf } from './continuity/circuit-breaker.ts';
import { resolveContinuity } from './continuity/continuity-options.ts';
import { LiveProxyError } from './errors.ts';
import { stageOf, toHttpRefusal } from './failures.ts';
import { EphemeralSide } from './http/ephemeral-side.ts';
import { HttpSide } from './http/http-side.ts';
import { bodyOfIncoming, bodyOfRequest, toWebResponse, writeResponse } from './http/node-http.ts';
import { refuseUpgrade } from './http/refuse-upgrade.ts';
import { type AttachableServer, mountUpgrades } from './http/server-upgrades.ts';
import { IdentityAccounts } from './leases/identity-account.ts';
import { memoryLedger } from './leases/identity-ledger.ts';
import { type LiveProxyLimits, resolveLimits } from './limits.ts';
import { checkMountPath, classifyPath } from './mount-path.ts';
import {
  type AuthenticatedLiveProxyOptions,
  checkOptions,
  type LiveProxyOptions,
  type OpenLiveProxyOptions,
} from './options.ts';
import type { ProxySession } from './proxy-session.ts';
import { Reporter } from './reporter.ts';
import { createOriginCheck } from './same-origin.ts';
import { draining, toLiveProxyError } from './session-errors.ts';
import { type Admitted, SessionOpener } from './session-opener.ts';
import { type SessionInfo, SessionRegistry } from './session-registry.ts';
import type { DecideSetup } from './setup-decision.ts';
import type { SocketPort } from './socket-port.ts';
import { Telemetry } from './telemetry.ts';
import { ticketsOf } from './tickets/tickets.ts';
import { resolveEphemeralTokens } from './upstream/ephemeral-tokens.ts';
import { resolveWarm } from './upstream/warm-pool.ts';
import { WireAcceptor } from './wire/wire-acceptor.ts';

/** Options of {@link LiveProxy.attach}. */
export interface AttachOptions {
  /** Where Gemini's wire is served; Google's own paths are accepted below it. @defaultValue the option `path` */
  readonly path?: string;
}

/** Options of {@link LiveProxy.close}. */
export interface CloseOptions {
  /**
   * How long turns that are under way may take to come to their end, in milliseconds. A session is closed with 4503 behind
   * its turn, one without a turn at once. @defaultValue 0, which ends all at once
   */
  readonly graceMs?: number;
}

/** A proxy between Gemini Live clients and one upstream. */
export interface LiveProxy {
  /**
   * Serves Gemini's wire under a path of a server. Requests of other paths, and other upgrade handlers, are left alone.
   *
   * @returns The undo, which leaves open sessions as they are.
   * @throws TypeError when `path` is no path.
   */
  attach(server: AttachableServer, options?: AttachOptions): () => void;
  /** Takes an upgrade that the application has routed here, whatever its path. Never throws. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * Answers a request that is no upgrade: `GET <path>/health`, `POST <path>/tickets` with `issueTicket`, and
   * `GET <path>/sessions` with `authorizeAdmin`. Resolves to `false` when the path is somebody else's; then nothing was
   * done.
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** The same for servers that speak Web `Request`s; 404 for paths that are somebody else's. */
  fetch(request: Request): Promise<Response>;
  /** All sessions as they are now, oldest first. */
  sessions(): readonly SessionInfo[];
  /** Refuses new clients and ends all sessions. Resolves when every connection is gone. Idempotent. */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Creates a proxy. It has no effect until it is attached.
 *
 * @throws TypeError or RangeError for options that cannot work, among them an open relay that nobody asked for.
 *
 * @example
 * ```ts
 * const proxy = createLiveProxy({
 *   upstream: geminiApi({ apiKey: process.env.GEMINI_API_KEY ?? '' }),
 *   authenticate: ({ incoming }) => sessionOf(incoming)?.user ?? null,
 * });
 * proxy.attach(server, { path: '/live' });
 * ```
 */
export function createLiveProxy<Identity>(options: AuthenticatedLiveProxyOptions<Identity>): LiveProxy;
export function createLiveProxy(options: OpenLiveProxyOptions): LiveProxy;
export function createLiveProxy(options: LiveProxyOptions<unknown>): LiveProxy {
  checkOptions(options);
  return new MountedProxy(options);
}

/** Longest wait for the other ends' part of the closing handshakes, in milliseconds. */
const closingHandshakeMs = 2_000;

class MountedProxy implements LiveProxy {
  readonly #limits: LiveProxyLimits;
  readonly #reporter: Reporter;
  readonly #telemetry: Telemetry | null;
  readonly #acceptor: WireAcceptor;
  readonly #admission: Omit<AdmitOptions, 'signal'>;
  readonly #opener: SessionOpener;
  readonly #limitsFor: (identity: unknown) => Partial<ClientLimits>;
  readonly #path: string;
  readonly #http: HttpSide;
  readonly #accounts: IdentityAccounts;
  readonly #registry = new SessionRegistry();
  readonly #sessions = new Set<ProxySession>();
  readonly #closing = new AbortController();
  readonly #leaveUpstream: () => void;
  #closed: Promise<void> | null = null;
  #onEmpty: () => void = () => {};

  constructor(options: LiveProxyOptions<unknown>) {
    this.#limits = resolveLimits(options.limits);
    const { telemetry = {} } = options;
    const sources = { sessions: () => this.sessions(), session: (id: string) => this.#registry.get(id) };
    this.#telemetry = telemetry === false ? null : new Telemetry(telemetry, sources);
    this.#reporter = new Reporter({
      ...options,
      onEvent: (event) => {
        this.#registry.note(event);
        this.#telemetry?.event(event);
        options.onEvent?.(event);
      },
      onError: (error, context) => {
        this.#telemetry?.error(error, context);
        options.onError?.(error, context);
      },
    });
    const onRefreshFailed = (error: unknown) =>
      this.#reporter.error(toLiveProxyError(error), { stage: 'dial', sessionId: null });
    this.#leaveUpstream = options.upstream.onRefreshFailed?.(onRefreshFailed) ?? (() => {});
    this.#acceptor = new WireAcceptor({
      isBorrowing: true,
      maxMessageBytes: this.#limits.maxMessageBytes,
      // A browser fails the connection unless one of its subprotocols comes back; a ticket must not.
      chooseSubprotocol: (offered) => [...offered].find((name) => !name.startsWith(TICKET_SUBPROTOCOL_PREFIX)) ?? false,
    });
    this.#admission = {
      isAllowedOrigin: createOriginCheck(options.allowedOrigins),
      authenticate: options.authenticate ?? null,
      timeoutMs: this.#limits.handshakeTimeoutMs,
    };
    // The identity that comes into hooks is the one that `authenticate` returned, or null without it.
    this.#limitsFor = (options.limitsFor as ((identity: unknown) => Partial<ClientLimits>) | undefined) ?? (() => ({}));
    this.#accounts = new IdentityAccounts({
      ledger: options.ledger ?? memoryLedger(),
      keyOf: options.identityKey as ((identity: unknown) => string) | undefined,
      onError: (error) => this.#reporter.error(toLiveProxyError(error), { stage: 'lease', sessionId: null }),
    });
    this.#path = checkMountPath(options.path ?? '/live');
    this.#http = new HttpSide({
      mount: this.#path,
      isAllowedOrigin: this.#admission.isAllowedOrigin,
      timeoutMs: this.#admission.timeoutMs,
      tickets: options.tickets ?? null,
      issueTicket: options.issueTicket ?? null,
      authorizeAdmin: options.authorizeAdmin ?? null,
      ephemeral: this.#ephemeral(options),
      sessions: () => this.sessions(),
      isDraining: () => this.#closing.signal.aborted,
      reporter: this.#reporter,
    });
    const settings = resolveContinuity(options.continuity);
    this.#opener = new SessionOpener({
      upstream: options.upstream,
      limits: this.#limits,
      warm: options.warm === undefined ? null : resolveWarm(options.warm),
      decideSetup: toDecideSetup(options.setup),
      isSetupDecided: options.setup !== undefined,
      continuity: settings && { settings, breaker: breakerOf(options.upstream, settings.clock) },
      tickets: options.tickets ?? ticketsOf(options.authenticate),
      endsWithTicket: options.endWithTicket ?? false,
      prices: checkPrices(options.prices ?? {}, 'createLiveProxy'),
      reporter: this.#reporter,
      registry: this.#registry,
    });
    // One listener for each upgrade under way is no leak.
    setMaxListeners(0, this.#closing.signal);
  }

  attach(server: AttachableServer, { path = this.#path || '/' }: AttachOptions = {}): () => void {
    const mount = checkMountPath(path);
    this.#opener.start();
    return mountUpgrades(server, {
      owns: (request) => ownerOf(mount, request) !== 'foreign',
      handleUpgrade: (request, socket, head) => {
        if (ownerOf(mount, request) === 'gemini') this.handleUpgrade(request, socket, head);
        else this.#refuse(socket, fromIncomingMessage(request), noSuchPath(mount));
      },
    });
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#opener.start();
    const clientRequest = fromIncomingMessage(request);
    this.#admit(clientRequest, socket).then(
      (admitted) =>
        this.#acceptor.accept(request, socket, head, (client) => this.#open(client, admitted, clientRequest)),
      (error: unknown) => this.#refuse(socket, clientRequest, toLiveProxyError(error)),
    );
  }

  async handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const clientRequest = fromIncomingMessage(request);
    if (clientRequest === null) return false;
    const left = new AbortController();
    response.once('close', () => left.abort(new LiveProxyError('ERR_BAD_REQUEST', 'The client left.')));
    const answer = await this.#http.answer(clientRequest, left.signal, bodyOfIncoming(request));
    if (answer === null) return false;
    writeResponse(request, response, answer);
    return true;
  }

  async fetch(request: Request): Promise<Response> {
    const answer = await this.#http.answer(fromWebRequest(request), request.signal, bodyOfRequest(request));
    return answer === null ? new Response(null, { status: 404 }) : toWebResponse(answer);
  }

  sessions(): readonly SessionInfo[] {
    return this.#registry.list();
  }

  close({ graceMs = 0 }: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  #ephemeral({ ephemeralTokens: given = false, upstream, setup }: LiveProxyOptions<unknown>): EphemeralSide | null {
    if (given === false) return null;
    const terms = resolveEphemeralTokens(given, upstream);
    return new EphemeralSide({ ...this.#admission, upstream, decideSetup: toDecideSetup(setup), terms });
  }

  async #admit(request: ClientRequest | null, socket: Duplex): Promise<Admitted> {
    if (this.#closing.signal.aborted) throw draining();
    if (request === null) throw new LiveProxyError('ERR_BAD_REQUEST', 'The request target is not a URL.');
    const attempt = new AbortController();
    const onClose = () => attempt.abort(new LiveProxyError('ERR_BAD_REQUEST', 'The client left during the handshake.'));
    const onClosing = () => attempt.abort(draining());
    // Without a listener a reset of this socket would be an uncaught exception; `close` follows it.
    const onError = () => {};
    // A client that has closed its half before it was answered has gone too.
    socket.on('error', onError).once('end', onClose).once('close', onClose);
    this.#closing.signal.addEventListener('abort', onClosing, { once: true });
    try {
      const identity = await admit(request, { ...this.#admission, signal: attempt.signal });
      const limits = overLimits<LiveProxyLimits>(this.#limits, this.#limitsFor(identity));
      const { handshakeTimeoutMs: timeoutMs } = this.#limits;
      const account = await this.#accounts.open(identity, limits, { socket, timeoutMs, signal: attempt.signal });
      attempt.signal.throwIfAborted();
      return { identity, limits, account };
    } finally {
      socket.off('error', onError).off('end', onClose).off('close', onClose);
      this.#closing.signal.removeEventListener('abort', onClosing);
    }
  }

  #open(socket: SocketPort, admitted: Admitted, request: ClientRequest | null): void {
    const session = this.#opener.open(socket, admitted, { request, onGone: (gone) => this.#forget(gone) });
    this.#sessions.add(session);
    session.start();
    // The proxy may have begun to close while this upgrade was completed.
    if (this.#closing.signal.aborted) session.drain();
  }

  #forget(session: ProxySession): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#onEmpty();
  }

  #refuse(socket: Duplex, request: ClientRequest | null, error: LiveProxyError): void {
    const { status, message } = toHttpRefusal(error);
    refuseUpgrade(socket, status, { code: error.code, message });
    const remoteAddress = request?.remoteAddress ?? null;
    this.#reporter.event({ type: 'upgradeRefused', status, code: error.code, message, remoteAddress });
    const stage = stageOf(error);
    if (stage !== null) this.#reporter.error(error, { stage, sessionId: null });
  }

  async #close(graceMs: number): Promise<void> {
    this.#closing.abort();
    this.#opener.dispose();
    this.#leaveUpstream();
    if (graceMs > 0) {
      for (const session of this.#sessions) session.finish(graceMs);
      await this.#emptyWithin(graceMs);
    }
    for (const session of this.#sessions) session.drain();
    await this.#emptyWithin(closingHandshakeMs);
    for (const session of this.#sessions) session.terminate();
    await this.#emptyWithin(closingHandshakeMs);
    this.#telemetry?.dispose();
  }

  /** Resolves when there is no session any more, or when time is up. */
  async #emptyWithin(timeoutMs: number): Promise<void> {
    if (this.#sessions.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The identity that comes into it is the one that `authenticate` returned, or null without it. */
function toDecideSetup(setup: unknown): DecideSetup<unknown> {
  return (setup as DecideSetup<unknown> | undefined) ?? ((requested) => requested);
}

function ownerOf(mount: string, request: IncomingMessage): ReturnType<typeof classifyPath> {
  const clientRequest = fromIncomingMessage(request);
  return clientRequest === null ? 'foreign' : classifyPath(mount, clientRequest.url.pathname);
}

function noSuchPath(mount: string): LiveProxyError {
  const message = `Nothing is here; connect to ${mount}, or set it as the base URL of a Gemini SDK.`;
  return new LiveProxyError('ERR_NO_SUCH_PATH', message);
}
