import type { Clock } from '../clock.ts';
import type { SeededRandom } from '../random.ts';
import type { ConversationSnapshot } from './conversation.ts';

/** Handles of one session that stay valid; older ones are forgotten. */
const HANDLES_PER_SESSION = 16;
/** Sessions without a connection that are remembered; the longest ended go first. */
const MOST_ENDED_SESSIONS = 1_000;

/** A session as it outlives its connections: a name and the state behind each handle. */
export interface ResumableSession {
  /** Id of the connection that is or was its last. */
  connectionId: string;
  readonly model: string;
  /** When it was set up for the first time, on the emulator's monotonic clock. */
  readonly begunAtMs: number;
  /** When its first picture came; `null` while there was none. */
  firstPictureAtMs: number | null;
}

/** What a handle stands for. */
export interface ResumptionPoint {
  readonly session: ResumableSession;
  readonly conversation: ConversationSnapshot;
}

/** What becomes of a handle that a client shows. */
export type HandleClaim =
  | { readonly status: 'resumed'; readonly point: ResumptionPoint; readonly previousConnectionId: string }
  | { readonly status: 'unknown' | 'expired' | 'attached' };

interface Holder {
  /** Of its own, so that handles do not depend on what other sessions do meanwhile. */
  readonly random: SeededRandom;
  readonly handles: string[];
  readonly points: Map<string, ResumptionPoint>;
  /** When the last connection went, on the emulator's monotonic clock; `null` while one is there. */
  endedAtMs: number | null;
  readonly ttlMs: number;
}

/** All sessions that can be resumed, of one emulator. */
export class ResumptionStore {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #holders = new Map<ResumableSession, Holder>();
  readonly #byHandle = new Map<string, ResumableSession>();

  constructor(options: { readonly clock: Clock; readonly random: SeededRandom }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Begins to remember a session whose connection `connectionId` stands. */
  attach(connectionId: string, model: string, ttlSeconds: number): ResumableSession {
    const session = { connectionId, model, begunAtMs: this.#clock.monotonic(), firstPictureAtMs: null };
    const random = this.#random.fork(connectionId);
    this.#holders.set(session, { random, handles: [], points: new Map(), endedAtMs: null, ttlMs: ttlSeconds * 1000 });
    return session;
  }

  /** A new handle for the present state of `session`. */
  issue(session: ResumableSession, conversation: ConversationSnapshot): string {
    const holder = this.#holders.get(session);
    if (!holder) throw new Error(`session ${session.connectionId} is not attached`);
    const handle = holder.random.uuid();
    holder.handles.push(handle);
    holder.points.set(handle, { session, conversation });
    this.#byHandle.set(handle, session);
    const oldest = holder.handles.length > HANDLES_PER_SESSION ? holder.handles.shift() : undefined;
    if (oldest !== undefined) {
      holder.points.delete(oldest);
      this.#byHandle.delete(oldest);
    }
    return handle;
  }

  /** Gives the state behind `handle` to a new connection, if it is there to be had. */
  claim(handle: string, connectionId: string): HandleClaim {
    const session = this.#byHandle.get(handle);
    const holder = session && this.#holders.get(session);
    const point = holder?.points.get(handle);
    if (!session || !holder || !point) return { status: 'unknown' };
    if (holder.endedAtMs === null) return { status: 'attached' };
    if (this.#clock.monotonic() - holder.endedAtMs > holder.ttlMs) return { status: 'expired' };
    holder.endedAtMs = null;
    const previousConnectionId = session.connectionId;
    session.connectionId = connectionId;
    return { status: 'resumed', point, previousConnectionId };
  }

  /** The connection of `session` is gone: from now on its handles grow old. */
  detach(session: ResumableSession): void {
    const holder = this.#holders.get(session);
    if (!holder) return;
    holder.endedAtMs = this.#clock.monotonic();
    this.#forgetOldest();
  }

  /** Lets every handle of every ended session expire at once: for tests. */
  expireAll(): void {
    for (const holder of this.#holders.values()) {
      if (holder.endedAtMs !== null) holder.endedAtMs = Number.NEGATIVE_INFINITY;
    }
  }

  #forgetOldest(): void {
    const ended = [...this.#holders].filter(([, holder]) => holder.endedAtMs !== null);
    if (ended.length <= MOST_ENDED_SESSIONS) return;
    const [session, holder] = ended.reduce((a, b) => ((a[1].endedAtMs ?? 0) <= (b[1].endedAtMs ?? 0) ? a : b));
    for (const handle of holder.handles) this.#byHandle.delete(handle);
    this.#holders.delete(session);
  }
}
