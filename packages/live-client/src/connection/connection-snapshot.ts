import type { LiveClientError } from '../errors.ts';

/** What a connection is doing, as user interfaces show it. */
export interface ConnectionSnapshot {
  /**
   * `connecting` until it was open once, `reconnecting` after that; `closed` is final until `connect()` is called again.
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed';
  /** Dials since the last good connection, 1 for the first; 0 when idle or open. */
  readonly attempt: number;
  /** When the next dial starts, milliseconds since the Unix epoch; `null` while dialling or not waiting. */
  readonly retryAtMs: number | null;
  /** Why it is not open; `null` when nothing failed. */
  readonly error: LiveClientError | null;
}

/** Before the first `connect()`. */
export const IDLE_CONNECTION: ConnectionSnapshot = { status: 'idle', attempt: 0, retryAtMs: null, error: null };
