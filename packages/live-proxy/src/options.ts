import type { PriceTable } from '@colloquy/live-protocol';
import type { Authenticate } from './authentication.ts';
import type { ClientLimits } from './client-limits.ts';
import type { ContinuityOptions } from './continuity/continuity-options.ts';
import type { AuthorizeAdmin, IssueTicket } from './http/http-side.ts';
import type { IdentityLedger } from './leases/identity-ledger.ts';
import type { LiveProxyLimits } from './limits.ts';
import type { Observers } from './reporter.ts';
import type { DecideSetup } from './setup-decision.ts';
import type { TelemetryOptions } from './telemetry.ts';
import type { Tickets } from './tickets/tickets.ts';
import type { EphemeralTokenOptions } from './upstream/ephemeral-tokens.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { WarmPoolOptions } from './upstream/warm-pool.ts';

/** What every proxy is made with. */
export interface CommonLiveProxyOptions<Identity> extends Observers {
  /** The service that the server has chosen; a client cannot name one. */
  readonly upstream: Upstream;
  /**
   * Decides the setup of each session.
   *
   * @defaultValue what the client asked for, once it is valid on the wire and for the model
   */
  readonly setup?: DecideSetup<Identity>;
  /**
   * Origins whose pages may connect, such as `https://studio.example`. An empty list admits no page at all.
   *
   * @defaultValue pages of the same host and port as the request's `Host` header
   */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<LiveProxyLimits>;
  /** Limits of one identity over `limits`, such as those of its ticket: `({ limits }) => limits`. */
  readonly limitsFor?: (identity: Identity) => Partial<ClientLimits>;
  /**
   * What tells identities apart for `sessionsPerIdentity` and `tokensPerIdentity`.
   *
   * @defaultValue the identity if it is a string, or else its `participantId` or `id`; without authentication everybody is the same
   */
  readonly identityKey?: (identity: Identity) => string;
  /**
   * Keeps connections to the upstream open ahead, so that whoever joins waits for no handshake. Each one waits without a
   * word and is replaced when it is too old.
   *
   * @defaultValue none
   */
  readonly warm?: WarmPoolOptions;
  /**
   * Makes `POST <path>/ephemeral-tokens`: a token of Gemini's for a browser that connects to Gemini itself, with the setup
   * that `setup` decides for whoever `authenticate` says it is. No limit, budget or revocation of this proxy reaches such a
   * session.
   *
   * @defaultValue false
   */
  readonly ephemeralTokens?: boolean | EphemeralTokenOptions;
  /**
   * Metrics and spans go there; `false` makes none.
   *
   * @defaultValue the providers that the process has registered with OpenTelemetry's API; without any, nothing happens
   */
  readonly telemetry?: false | TelemetryOptions;
  /** Where `attach` serves Gemini's wire, and `handleRequest` and `fetch` the HTTP side. @defaultValue `'/live'` */
  readonly path?: string;
  /**
   * Ends sessions whose ticket is revoked, lets clients present another ticket, and with `issueTicket` makes those of
   * `POST <path>/tickets`.
   *
   * @defaultValue those behind `authenticate`, where it is their hook itself
   */
  readonly tickets?: Tickets;
  /**
   * Ends a session with 4401 when its ticket ends. A client of the subprotocol `colloquy.live.v1` is told before, and
   * prolongs its session with another ticket of the same person.
   *
   * @defaultValue false: a ticket is needed for connecting only
   */
  readonly endWithTicket?: boolean;
  /** Prices of tokens, for the cost in usage events. @defaultValue none, so cost is `null` */
  readonly prices?: PriceTable;
  /** Where sessions and tokens of each identity are counted; several servers need a common one. @defaultValue {@link memoryLedger} */
  readonly ledger?: IdentityLedger;
  /** Says whom a ticket is made for, from what the application knows of the request, such as its session cookie. */
  readonly issueTicket?: IssueTicket;
  /** Serves `GET <path>/sessions` to those for whom it says `true`. @defaultValue nobody */
  readonly authorizeAdmin?: AuthorizeAdmin;
  /**
   * How sessions outlive their upstream connections; `false` ends a session with its connection, and passes everything on
   * as it comes.
   *
   * @defaultValue `{}`, that is on
   */
  readonly continuity?: false | ContinuityOptions<Identity>;
}

/** Options of a proxy that knows its clients. */
export interface AuthenticatedLiveProxyOptions<Identity> extends CommonLiveProxyOptions<Identity> {
  /** Says who asks, before the upgrade; without an answer within `limits.handshakeTimeoutMs` the client is refused. */
  readonly authenticate: Authenticate<Identity>;
  readonly allowUnauthenticated?: false;
}

/** Options of a proxy that anybody who reaches it may use, at the expense of its owner. */
export interface OpenLiveProxyOptions extends CommonLiveProxyOptions<null> {
  readonly allowUnauthenticated: true;
  readonly authenticate?: undefined;
}

/** Options of {@link createLiveProxy}. */
export type LiveProxyOptions<Identity> = AuthenticatedLiveProxyOptions<Identity> | OpenLiveProxyOptions;

const known = [
  'upstream',
  'authenticate',
  'allowUnauthenticated',
  'setup',
  'allowedOrigins',
  'limits',
  'limitsFor',
  'identityKey',
  'path',
  'tickets',
  'endWithTicket',
  'prices',
  'ledger',
  'warm',
  'ephemeralTokens',
  'telemetry',
  'issueTicket',
  'authorizeAdmin',
  'continuity',
  'logger',
  'onEvent',
  'onError',
];

const hooks = [
  'authenticate',
  'setup',
  'limitsFor',
  'identityKey',
  'issueTicket',
  'authorizeAdmin',
  'onEvent',
  'onError',
] as const;

/**
 * Refuses options that cannot work, and an open relay that nobody asked for.
 *
 * @throws TypeError
 */
export function checkOptions(options: LiveProxyOptions<unknown>): void {
  for (const name of Object.keys(options)) {
    // A misspelt `allowedOrigins` would otherwise pass for the default.
    if (!known.includes(name)) fail(`${name} is not an option; options are ${known.join(', ')}`);
  }
  const { upstream, authenticate, allowUnauthenticated = false } = options;
  if (typeof upstream?.target !== 'function') {
    fail('upstream is missing; pass vertex({ project, location }), geminiApi({ apiKey }) or endpoint({ url })');
  }
  if (typeof allowUnauthenticated !== 'boolean') fail('allowUnauthenticated must be true or false');
  if (authenticate === undefined && !allowUnauthenticated) {
    fail(
      'authenticate is missing, so anybody could use your credential; pass authenticate: (request) => identity or null, or say allowUnauthenticated: true to run an open relay',
    );
  }
  if (authenticate !== undefined && allowUnauthenticated) {
    fail('authenticate and allowUnauthenticated: true exclude each other; leave one out');
  }
  const { tickets, issueTicket } = options;
  if (issueTicket !== undefined && tickets === undefined) {
    fail('issueTicket needs tickets; pass tickets: createTickets({ secret })');
  }
  for (const name of hooks) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function') fail(`${name} must be a function, not ${typeof value}`);
  }
}

function fail(what: string): never {
  throw new TypeError(`createLiveProxy: ${what}.`);
}
