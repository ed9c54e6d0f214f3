import type { AppendOptions, AppendResult, LogPosition } from '../ports/room-engine.ts';

/** The refusal of an append whose caller expects another log than there is; `null` when it is as expected. */
export function judgeExpectation(
  { epoch, minSeq = 0 }: AppendOptions,
  log: Pick<LogPosition, 'epoch' | 'top'>,
): Extract<AppendResult, { readonly outcome: 'epoch' | 'regressed' }> | null {
  if (epoch !== undefined && epoch !== log.epoch) return { outcome: 'epoch', epoch: log.epoch };
  return log.top < minSeq ? { outcome: 'regressed', top: log.top } : null;
}
