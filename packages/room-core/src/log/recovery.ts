import type { ResumePoint } from '@colloquy/live-protocol';
import type { EpochStart, LogPosition } from '../ports/room-engine.ts';

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
  if (!resume || resume.epoch > epoch) return planTail(top);
  if (resume.epoch < epoch) return planFromOlder(resume, position);
  // Ahead of the log: the engine lost entries that it had given out.
  if (resume.seq > top) return { ...planTail(top), truncateAfter: top };
  if (top - resume.seq > MAX_RECOVERED_ENTRIES) return planTail(top);
  return { from: resume.seq + 1, recovered: true };
}

/** Up to where the log of an older epoch was durable; `null` where the log does not tell. */
export function endOfEpoch(epoch: number, epochs: readonly EpochStart[]): number | null {
  if (!epochs.some((start) => start.epoch === epoch)) return null;
  // Every later epoch may have begun below the one before it.
  const later = epochs.filter((start) => start.epoch > epoch).map(({ firstSeq }) => firstSeq - 1);
  return later.length > 0 ? Math.min(...later) : null;
}

/** What is below the end of that epoch stays; the client forgets the rest and goes on from there. */
function planFromOlder(resume: ResumePoint, { epochs, top }: LogPosition): RecoveryPlan {
  const end = endOfEpoch(resume.epoch, epochs);
  if (end === null) return planTail(top);
  const last = Math.min(end, resume.seq);
  const truncated = resume.seq > end ? { truncateAfter: end } : {};
  if (top - last > MAX_RECOVERED_ENTRIES) return { ...planTail(top), ...truncated };
  return { from: last + 1, recovered: true, ...truncated };
}

/** The newest page. */
export function planTail(top: number): RecoveryPlan {
  return { from: Math.max(1, top - TAIL_ENTRIES + 1), recovered: false };
}
