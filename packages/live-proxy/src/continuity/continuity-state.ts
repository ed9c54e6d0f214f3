import { TICKET_SUBPROTOCOL_PREFIX } from '@colloquy/live-protocol';

/**
 * What became of a session's connection to the upstream, for the application and for clients of the subprotocol
 * `colloquy.live.v1`.
 *
 * - `leaving`: the service will end the connection; a moment is awaited in which nobody is cut off.
 * - `reconnecting`: there is no connection; what the client sends is kept, bounded.
 * - `resumed`: the same session goes on.
 * - `restarted`: a fresh session goes on with what was said, in words.
 * - `degraded`: the service refuses the client's audio; only text passes from now on.
 * - `failed`: it could not be kept; the connection is closed right after.
 */
export type ContinuityState = 'leaving' | 'reconnecting' | 'resumed' | 'restarted' | 'degraded' | 'failed';

/** A change of it. */
export interface ContinuityChange {
  readonly state: ContinuityState;
  /** Stable code of what happened, such as `ERR_GEMINI_DEADLINE`; `null` where nothing went wrong. */
  readonly code: string | null;
  /** In words for people, without secrets. */
  readonly reason: string | null;
}

/** The subprotocol of clients that are told. */
const LIVE_SUBPROTOCOL = 'colloquy.live.v1';

/** Whether a client that offered these is told; others see Gemini's wire and nothing else. */
export function isToldChanges(offered: readonly string[]): boolean {
  return offered.find((name) => !name.startsWith(TICKET_SUBPROTOCOL_PREFIX)) === LIVE_SUBPROTOCOL;
}

/** The change as a message of that subprotocol. */
export function continuityMessage(change: ContinuityChange): string {
  return JSON.stringify({ colloquy: change });
}
