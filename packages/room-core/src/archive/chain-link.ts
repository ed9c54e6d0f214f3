import { RoomCoreError } from '../errors.ts';
import type { ColdObject } from '../ports/cold-store.ts';
import { chunkObject, type EntryRange, logPrefix } from './object-names.ts';

/** One stored segment, as its name and metadata tell. */
export interface ChainLink extends EntryRange {
  readonly name: string;
  readonly epoch: number;
  /** Time of its last entry, milliseconds since the epoch; 0 where nobody has said. */
  readonly at: number;
  /** Where its entries lie now that it was joined with others; `null` as long as they lie under its own name. */
  readonly chunk: string | null;
}

/** @throws RoomCoreError `ERR_STORE_DAMAGED` for an object that is no segment. */
export function toLink(roomId: string, { name, metadata }: ColdObject): ChainLink {
  const first = Number.parseInt(name.slice(logPrefix(roomId).length), 10);
  const last = Number(metadata.last);
  const epoch = Number(metadata.epoch);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || !Number.isSafeInteger(epoch) || last < first) {
    throw new RoomCoreError('ERR_STORE_DAMAGED', `The object ${name} is no segment of a log.`);
  }
  return { name, first, last, epoch, at: Number(metadata.at ?? 0), chunk: chunkOf(roomId, metadata) };
}

/** Metadata of a segment; of its tombstone where a `chunk` has its entries. */
export function toMetadata(link: Omit<ChainLink, 'name' | 'chunk'>, chunk?: EntryRange): Record<string, string> {
  return {
    first: String(link.first),
    last: String(link.last),
    count: String(link.last - link.first + 1),
    epoch: String(link.epoch),
    at: String(link.at),
    ...(chunk && { chunk: `${chunk.first}-${chunk.last}` }),
  };
}

/** Name of the chunk that a tombstone points to. */
export function chunkOf(roomId: string, metadata: ColdObject['metadata']): string | null {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(metadata.chunk ?? '') ?? [];
  return first === undefined || last === undefined
    ? null
    : chunkObject(roomId, { first: Number(first), last: Number(last) });
}

/** Of an object of a log that somebody has deleted. */
export function goneObject(name: string): RoomCoreError {
  return new RoomCoreError('ERR_STORE_DAMAGED', `The object ${name} of a log is not there any more.`);
}
