import type { ColdStore } from '../ports/cold-store.ts';
import type { RoomRecord } from '../ports/room-engine.ts';
import { LogChain } from './log-chain.ts';
import { readDocument } from './room-document.ts';

/**
 * When something was last written to a room that is not open, milliseconds since the epoch. When it was put to rest is close
 * enough; of a room that was not, since its server died, the end of its log tells.
 */
export async function lastTouch(cold: ColdStore, { id, createdAt }: RoomRecord): Promise<number> {
  const sealedAt = (await readDocument(cold, id))?.document.sealedAt;
  if (sealedAt) return sealedAt.ts;
  const chain = new LogChain(cold, id);
  await chain.refresh();
  const newest = (await chain.lastSegment())?.entries.at(-1);
  if (!newest) return createdAt;
  // Nobody knows when it was written: too new to expire.
  return newest.kind === 'log.unreadable' && newest.ts === 0 ? Number.POSITIVE_INFINITY : newest.ts;
}
