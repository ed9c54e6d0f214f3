import type { ClientLeg, Traffic } from './client-leg/client-leg.ts';
import type { ContinuityState } from './continuity/continuity-state.ts';
import type { ProxySession, SessionStatus } from './proxy-session.ts';
import type { LiveProxyEvent } from './reporter.ts';
import type { SessionUsage } from './usage/session-usage.ts';

/** A session as it is now, for admin pages and support. */
export interface SessionInfo {
  readonly sessionId: string;
  /** What `authenticate` returned; `null` without authentication. */
  readonly identity: unknown;
  /** Address of the other end of the client's socket. */
  readonly remoteAddress: string | null;
  /** Milliseconds since 1970. */
  readonly openedAtMs: number;
  /** `closed`: the closing handshakes are under way. */
  readonly state: SessionStatus;
  /** What becomes of the connection to the upstream; `null` until something does. */
  readonly continuity: ContinuityState | null;
  /** Which service the session is connected to, without credentials; `null` before. */
  readonly upstream: string | null;
  readonly model: string | null;
  /** Connections on which the service has opened the session so far: 1, and one more each time it was carried on. */
  readonly upstreamConnections: number;
  /** The service's own name for the session on the newest of them (Vertex); `null` elsewhere, and without continuity. */
  readonly upstreamSessionId: string | null;
  /** From the client. */
  readonly received: Traffic;
  /** To the client. */
  readonly sent: Traffic;
  /** Bytes that wait to be sent to the client. */
  readonly bufferedBytes: number;
  /** What it has used so far: tokens, seconds of sound, pictures, cost. */
  readonly usage: SessionUsage;
}

/** What the registry needs of a session. */
export interface RegisteredSession extends Pick<SessionInfo, 'sessionId' | 'identity' | 'remoteAddress'> {
  readonly leg: ClientLeg;
  /** Where it stands. */
  readonly session: Pick<ProxySession, 'status' | 'upstreamConnections' | 'upstreamSessionId'>;
  readonly usage: () => SessionUsage;
}

interface Entry extends RegisteredSession {
  readonly openedAtMs: number;
  upstream: string | null;
  model: string | null;
  continuity: ContinuityState | null;
}

/** Knows all sessions of a proxy. */
export class SessionRegistry {
  readonly #entries = new Map<string, Entry>();

  add(session: RegisteredSession): void {
    this.#entries.set(session.sessionId, {
      ...session,
      openedAtMs: Date.now(),
      upstream: null,
      model: null,
      continuity: null,
    });
  }

  modelOf(sessionId: string): string | null {
    return this.#entries.get(sessionId)?.model ?? null;
  }

  remove(sessionId: string): void {
    this.#entries.delete(sessionId);
  }

  /** Learns from what is reported about the sessions. */
  note(event: LiveProxyEvent): void {
    const entry = 'sessionId' in event ? this.#entries.get(event.sessionId) : undefined;
    if (entry === undefined) return;
    if (event.type === 'upstreamOpened') {
      entry.upstream = event.upstream;
      entry.model = event.model;
    }
    if (event.type === 'continuityChanged') entry.continuity = event.state;
  }

  get(sessionId: string): SessionInfo | null {
    const entry = this.#entries.get(sessionId);
    return entry === undefined ? null : toInfo(entry);
  }

  /** Oldest first. */
  list(): readonly SessionInfo[] {
    return [...this.#entries.values()].map(toInfo);
  }
}

function toInfo({ leg, session, usage, ...entry }: Entry): SessionInfo {
  return {
    ...entry,
    state: session.status,
    upstreamConnections: session.upstreamConnections,
    upstreamSessionId: session.upstreamSessionId,
    received: leg.received,
    sent: leg.sent,
    bufferedBytes: leg.bufferedAmount,
    usage: usage(),
  };
}
