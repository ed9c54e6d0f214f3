import type { CoresUsed, LateThings } from './machine-watch.ts';
import type { Span, Waits } from './waits.ts';

/** What happens to a server: killed; stopped past the end of its leases, and going on; told to end. */
export type Strike = 'SIGKILL' | 'SIGSTOP' | 'SIGTERM';

/** What one strike did. */
export interface StrikeReport {
  readonly strike: Strike;
  /** Rooms that the server ran. */
  readonly rooms: number;
  /** From the strike to the server giving the lease back, for each of these rooms, milliseconds. */
  readonly givenBackAfterMs: readonly number[];
  /** From the strike to another server having the lease, for each of these rooms, milliseconds. */
  readonly takenAfterMs: readonly number[];
  /** From the strike to people elsewhere being told that the model listens again, milliseconds. */
  readonly modelAfterMs: readonly number[];
  /** From the strike to being in the room again, for each person of the server whose connection broke, milliseconds. */
  readonly backAfterMs: readonly number[];
  /** From the strike to the acknowledgement of a text that was written then, for those who wrote, milliseconds. */
  readonly ackedAfterMs: readonly number[];
}

/** What a run found. */
export interface ChaosReport {
  /** Broken rules; empty when none is. */
  readonly violations: readonly string[];
  readonly texts: number;
  readonly strikes: readonly StrikeReport[];
  /** The longest time without an acknowledgement, of each room. */
  readonly pauses: readonly Span[];
  readonly waits: Waits;
  /** From having the lease of a room to running it, milliseconds. */
  readonly openedMs: readonly number[];
  /** From running a room to its model being there, with the session of before or a new one, milliseconds. */
  readonly sessionsMs: { readonly resumed: readonly number[]; readonly started: readonly number[] };
  /** Times in which somebody was out of a room whose connection broke, milliseconds. */
  readonly recoveriesMs: readonly number[];
  /** What else was late meanwhile. */
  readonly late: LateThings;
  readonly cores: CoresUsed;
  /** What servers reported, for people to read. */
  readonly errors: readonly string[];
}
