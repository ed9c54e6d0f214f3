import type { ResumePoint } from '@colloquy/live-protocol';
import type { LogPosition } from '../ports/room-engine.ts';

/** Largest gap that is made up for, in entries. */
export const MAX_RECOVERED_ENTRIES = 500;
/** Largest gap that is made up for, in characters of JSON. */
export const MAX_RECOVERED_LENGTH = 1_048_576;
/** Entries of the newest page. */
export const TAIL_ENTRIES = 50;

/**
 * Largest page in one piece, in characters of JSON. As UTF-8 it stays below what may wait for a slow client: one that was
 * sent more at once would be cut off before it has read anything.
 */
export const MAX_PAGE_LENGTH = 262_144;

/** Which entries answer a `hello`. */
export interface RecoveryPlan {
  /** First entry that follows; above the top when none does. */
  readonly from: number;
  /** Whether what follows is everything the client missed. All or nothing: there is never a hole. */
  readonly recovered: boolean;
  /** Entries above this were never durable: the client forgets them. */
  readonly truncateAfter?: number;
}

/** What a client gets that says `resume` to a log at `position`. */
export function planRecovery(resume: ResumePoint | undefined, position: LogPosition): RecoveryPlan {
  const { epoch, top } = position;
  if (!resume || resume.epoch !== epoch) return planTail(top);
  // Ahead of the log: the engine lost entries that it had given out.
  if (resume.seq > top) return { ...planTail(top), truncateAfter: top };
  if (top - resume.seq > MAX_RECOVERED_ENTRIES) return planTail(top);
  return { from: resume.seq + 1, recovered: true };
}

/** The newest page. */
export function planTail(top: number): RecoveryPlan {
  return { from: Math.max(1, top - TAIL_ENTRIES + 1), recovered: false };
}
