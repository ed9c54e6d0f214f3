import type { ResumePoint } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { EncodedEntry } from '../log/encoded-entry.ts';
import type { RecoveryPlan } from '../log/recovery.ts';
import type { RoomLog } from './room-log.ts';

/** Where a newcomer stands in the log, with everything up to this moment. */
export interface CaughtUp {
  readonly plan: RecoveryPlan;
  readonly epoch: number;
  readonly top: number;
  readonly entries: readonly EncodedEntry[];
}

/** Entries that may come while a newcomer is being caught up, and their length as JSON. */
const MOST_LIVE_ENTRIES = 5_000;
const MOST_LIVE_LENGTH = 4 * 1024 * 1024;

/**
 * Reads what a newcomer has missed, and calls `seat` with it in the moment in which it is complete: what the newcomer is
 * told then, and what follows, fit together exactly.
 * @throws RoomCoreError of the engine; `ERR_STORE_UNAVAILABLE` when the log grows faster than it is read
 */
export async function catchUpWith<T>(
  log: RoomLog,
  resume: ResumePoint | undefined,
  seat: (position: CaughtUp) => T,
): Promise<T> {
  // Live entries are kept from now on; what came before is read. Nothing falls between.
  const live: EncodedEntry[] = [];
  let liveLength = 0;
  const isTooMuch = () => live.length > MOST_LIVE_ENTRIES || liveLength > MOST_LIVE_LENGTH;
  const stop = log.listen((entry) => {
    if (isTooMuch()) return;
    live.push(entry);
    liveLength += entry.json.length;
  });
  try {
    let caughtUp = await log.catchUp(resume);
    while (caughtUp.epoch !== log.epoch) caughtUp = await log.catchUp(resume);
    const { plan, entries, epoch, top } = caughtUp;
    if (isTooMuch()) {
      const message = 'The log is read more slowly than it grows; connect again later.';
      throw new RoomCoreError('ERR_STORE_UNAVAILABLE', message);
    }
    const later = live.filter(({ entry }) => entry.seq > top && entry.epoch === epoch);
    return seat({ plan, epoch, top, entries: [...entries, ...later] });
  } finally {
    stop();
  }
}
