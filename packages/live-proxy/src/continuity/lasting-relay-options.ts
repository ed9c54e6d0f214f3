import type { Backend, ModelProfile, Setup } from '@colloquy/live-protocol';
import type { LiveProxyError } from '../errors.ts';
import type { LiveProxyLimits } from '../limits.ts';
import type { SocketClosure, SocketFault, SocketPort } from '../socket-port.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { ContinuitySettings } from './continuity-options.ts';
import type { ContinuityChange } from './continuity-state.ts';
import type { HistoryTurn } from './history.ts';

/** Why a `LastingRelay` could not go on. */
export type RelayEnd =
  /** The service closed for good, with its own code and words. */
  { readonly type: 'closed'; readonly closure: SocketClosure } | { readonly type: 'failed'; readonly error: unknown };

/** The errors of a relay, in the words of the session that it belongs to. */
export interface RelayErrors {
  silent(): LiveProxyError;
  lost(fault: SocketFault | null): LiveProxyError;
  clientStuck(): LiveProxyError;
  upstreamStuck(): LiveProxyError;
  queueFull(maxBytes: number): LiveProxyError;
  down(pauseMs: number): LiveProxyError;
}

/** Options of a `LastingRelay`. */
export interface LastingRelayOptions {
  readonly client: SocketPort;
  readonly backend: Backend;
  readonly profile: ModelProfile;
  /** As the server decided it. */
  readonly setup: Setup;
  readonly limits: LiveProxyLimits;
  readonly settings: ContinuitySettings;
  readonly breaker: CircuitBreaker;
  /** What tells the client's identity from others. */
  readonly identityKey: string;
  readonly errors: RelayErrors;
  /** Opens one more connection, for a caller that was admitted by the breaker. */
  readonly dial: (signal: AbortSignal) => Promise<SocketPort>;
  /** The service has refused the credential. Returns whether the next connection may have another one. */
  readonly renewCredential: () => boolean;
  /** What was said so far, as the application knows it; `null`: the proxy's own memory serves. */
  readonly readHistory: ((signal: AbortSignal) => readonly HistoryTurn[] | Promise<readonly HistoryTurn[]>) | null;
  readonly onChange: (change: ContinuityChange) => void;
  /** A session is open on another connection. @param upstreamSessionId The service's name for it; `null` where it has none. */
  readonly onOpened: (upstreamSessionId: string | null) => void;
  /** A connection could not be opened; the session goes on trying. */
  readonly onDialFailed: (error: unknown) => void;
  /** A typed message would be lost with the present connection: there is no room to keep it. Told once for each row of them. */
  readonly onNotKept: () => void;
  /** Once. The owner closes the client, then calls its `close`. */
  readonly onEnd: (end: RelayEnd) => void;
  /** Once, after `close`: no connection to the upstream is left. */
  readonly onGone: () => void;
}
