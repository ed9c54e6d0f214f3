import type { LogEntry } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import { isRoomCoreError } from '../errors.ts';
import type { EpochStart } from '../ports/room-engine.ts';
import type { ChainLink } from './chain-link.ts';
import type { EntryRange } from './object-names.ts';
import type { Segment } from './segment-codec.ts';

/** An object of a log that the store cannot give back as it was written. Its entries read as `log.unreadable`. */
export interface Damage extends EntryRange {
  /** Name of the object; it can be put back from a copy, and is read again when the room is opened the next time. */
  readonly name: string;
  readonly error: Error;
}

/** Whether an object is lost: trying again does not help. */
export function isDamage(error: unknown): error is Error {
  return isRoomCoreError(error) && error.code === 'ERR_STORE_DAMAGED';
}

/**
 * What is read in place of a lost object: an entry for each number, so that nobody sees a hole. Nothing is known of clients:
 * their next numbers are taken as they come, rather than refused for a number that nobody remembers.
 *
 * @param links - of the entries in it.
 */
export function inPlaceOf(
  roomId: string,
  range: EntryRange,
  links: readonly ChainLink[],
  epochs: readonly EpochStart[],
): Segment {
  const { first, last } = range;
  const entries = links.flatMap((link) =>
    Array.from({ length: link.last - link.first + 1 }, (_, index): LogEntry => {
      const numbered = { room: roomId, epoch: link.epoch, seq: link.first + index, ts: link.at };
      return { ...numbered, kind: 'log.unreadable', actor: roomActor, body: { first, last } };
    }),
  );
  return { clients: [], epochs, entries };
}

/** Where epochs began, as segments tell: each begins with one of its own. */
export function epochsOf(links: readonly ChainLink[]): readonly EpochStart[] {
  const epochs: EpochStart[] = [{ epoch: 1, firstSeq: 1 }];
  for (const { epoch, first } of links) {
    if (epoch > (epochs.at(-1)?.epoch ?? 1)) epochs.push({ epoch, firstSeq: first });
  }
  return epochs;
}

/** The newest entries of a list, as far as they can be read. */
export function readableTail(entries: readonly LogEntry[]): readonly LogEntry[] {
  return entries.slice(entries.findLastIndex(({ kind }) => kind === 'log.unreadable') + 1);
}
