/**
 * A secure proxy between browsers and the Gemini Live API, mounted into an existing Node server.
 *
 * @packageDocumentation
 */

// Usage
export type { ModelPrices, PriceTable, TokenPrices, TokenSplit, TurnUsage } from '@colloquy/live-protocol';
// Hooks
export type { Authenticate } from './authentication.ts';
export type { Traffic } from './client-leg/client-leg.ts';
export type { ClientLimits } from './client-limits.ts';
export type { ClientRequest } from './client-request.ts';
export { fromIncomingMessage, fromWebRequest } from './client-request.ts';
// Continuity
export type { Clock, Timer } from './continuity/clock.ts';
export type { ContinuityOptions, ContinuitySession, ProvideHistory } from './continuity/continuity-options.ts';
export type { ContinuityChange, ContinuityState } from './continuity/continuity-state.ts';
export type { HistoryTurn } from './continuity/history.ts';
// Errors
export type { LiveProxyErrorCode } from './errors.ts';
export { isLiveProxyError, LiveProxyError } from './errors.ts';
// HTTP side
export type { AuthorizeAdmin, IssueTicket, TicketGrant } from './http/http-side.ts';
export type { AttachableServer } from './http/server-upgrades.ts';
export type { IdentityLedger, LeaseTerms, MemoryLedgerOptions } from './leases/identity-ledger.ts';
export { memoryLedger } from './leases/identity-ledger.ts';
export type { LiveProxyLimits } from './limits.ts';
// Observation
export type { Logger } from './logger.ts';
export type { NoticeCode } from './notice.ts';
export type {
  AuthenticatedLiveProxyOptions,
  CommonLiveProxyOptions,
  LiveProxyOptions,
  OpenLiveProxyOptions,
} from './options.ts';
export type { AttachOptions, CloseOptions, LiveProxy } from './proxy.ts';
// Proxy
export { createLiveProxy } from './proxy.ts';
export type { SessionStatus } from './proxy-session.ts';
export type { LiveProxyErrorContext, LiveProxyEvent, LiveProxyStage } from './reporter.ts';
export type { SessionInfo } from './session-registry.ts';
export type { DecideSetup, SetupDecision } from './setup-decision.ts';
export type { BaseSetup, SetupField, SetupPolicyOptions } from './setup-policy.ts';
export { setupPolicy } from './setup-policy.ts';
export type { TelemetryOptions } from './telemetry.ts';
// Tickets
export type { TicketClaims, TicketIdentity } from './tickets/ticket-claims.ts';
export type { TicketKey, TicketSecret } from './tickets/ticket-keys.ts';
export type { MemoryTicketStoreOptions, TicketStore } from './tickets/ticket-store.ts';
export { memoryTicketStore } from './tickets/ticket-store.ts';
export type { IssuedTicket, IssueOptions, Tickets, TicketsOptions } from './tickets/tickets.ts';
export { createTickets } from './tickets/tickets.ts';
// Upstreams
export type { EndpointOptions } from './upstream/endpoint.ts';
export { endpoint } from './upstream/endpoint.ts';
export type { EphemeralToken, EphemeralTokenOptions } from './upstream/ephemeral-tokens.ts';
export type { GeminiApiOptions } from './upstream/gemini-api.ts';
export { geminiApi } from './upstream/gemini-api.ts';
export type { Upstream, UpstreamTarget } from './upstream/upstream.ts';
export type { GoogleAuthClient, GoogleAuthSource, VertexOptions } from './upstream/vertex.ts';
export { vertex } from './upstream/vertex.ts';
export type { WarmPoolOptions } from './upstream/warm-pool.ts';
export type { SessionUsage } from './usage/session-usage.ts';
