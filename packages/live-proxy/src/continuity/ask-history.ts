import { type DeadlineOptions, inTime } from '../deadline.ts';
import type { HistoryTurn } from './history.ts';

/** Asks the application for what was said so far. Rejects with what its hook throws, or when it takes too long. */
export function askHistory(
  read: (signal: AbortSignal) => readonly HistoryTurn[] | Promise<readonly HistoryTurn[]>,
  timeoutMs: number,
  waiting: Pick<DeadlineOptions, 'signal' | 'clock'>,
): Promise<readonly HistoryTurn[]> {
  const error = () => new Error(`The history hook took longer than handshakeTimeoutMs ${timeoutMs}.`);
  return inTime({ ...waiting, timeoutMs, error }, read);
}
