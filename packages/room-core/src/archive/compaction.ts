import { RoomCoreError } from '../errors.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import { type ChainLink, chunkOf, goneObject, toMetadata } from './chain-link.ts';
import { chunkObject, chunkPrefix, type EntryRange, rangeOfChunk } from './object-names.ts';
import { decodeSegment, encodeSegment, type Segment } from './segment-codec.ts';

/** So many segments lie alone before the oldest of them are joined. */
const MOST_ALONE = 64;
/** So many segments become one chunk. */
const JOINED = 32;

/**
 * The next segments to join: the oldest that lie alone, in a row. The last segment of a log is never among them: whoever
 * opens the room reads that one. Nor is one that `isDamaged`.
 */
export function nextRun(links: readonly ChainLink[], isDamaged: (link: ChainLink) => boolean): readonly ChainLink[] {
  const settled = links.slice(0, -1);
  const isAlone = (link: ChainLink) => link.chunk === null && !isDamaged(link);
  if (settled.filter(isAlone).length < MOST_ALONE) return [];
  for (let start = 0; start < settled.length; start += 1) {
    const run: ChainLink[] = [];
    for (const link of settled.slice(start, start + JOINED)) {
      if (!isAlone(link)) break;
      run.push(link);
    }
    if (run.length > 1) return run;
  }
  return [];
}

/**
 * Joins the segments of `run` into a chunk, and then leaves a tombstone of each, which keeps its name: a name that became
 * free could be taken again by somebody who sleeps or has forgotten, and the entries would be there twice. Whoever dies
 * in between leaves a log that reads the same; see {@link unfinishedChunks}.
 *
 * @throws RoomCoreError of the store, and where a segment is not what its name tells: then nothing is touched.
 */
export async function join(
  cold: ColdStore,
  roomId: string,
  run: readonly ChainLink[],
  read: (link: ChainLink) => Promise<Segment>,
): Promise<EntryRange> {
  const range = { first: run[0]?.first ?? 0, last: run.at(-1)?.last ?? 0 };
  const segments: Segment[] = [];
  for (const link of run) segments.push(await read(link));
  const newest = segments.at(-1);
  const entries = segments.flatMap((segment) => segment.entries);
  const whole = { clients: newest?.clients ?? [], epochs: newest?.epochs ?? [], entries };
  checkWhole(roomId, whole, range);
  const name = chunkObject(roomId, range);
  const { created } = await cold.putIfAbsent(name, await encodeSegment(whole), {
    metadata: toMetadata({ ...range, epoch: run.at(-1)?.epoch ?? 0, at: run.at(-1)?.at ?? 0 }),
  });
  if (!created) await checkChunk(cold, name, range);
  return range;
}

/** Replaces each segment within a chunk by its tombstone. A segment that somebody else has replaced meanwhile stays so. */
export async function bury(
  cold: ColdStore,
  roomId: string,
  links: readonly ChainLink[],
  chunk: EntryRange,
): Promise<readonly ChainLink[]> {
  const buried: ChainLink[] = [];
  for (const link of links) {
    const object = await cold.stat(link.name);
    if (!object) throw goneObject(link.name);
    let now = chunkOf(roomId, object.metadata);
    if (now === null) {
      const metadata = toMetadata(link, chunk);
      // Who was faster has left a tombstone of its own.
      const tombstone =
        (await cold.replace(link.name, new Uint8Array(0), object.version, { metadata })) ??
        (await cold.stat(link.name));
      now = chunkOf(roomId, tombstone?.metadata ?? {});
    }
    buried.push({ ...link, chunk: now });
  }
  return buried;
}

/** Chunks of whose segments some lie alone: whoever was joining them has died. They are checked before they are given. */
export async function unfinishedChunks(
  cold: ColdStore,
  roomId: string,
  links: readonly ChainLink[],
): Promise<readonly EntryRange[]> {
  const found: EntryRange[] = [];
  // A log that is no longer was never joined: the store need not be asked.
  if (links.length <= MOST_ALONE) return found;
  let cursor: string | null = null;
  do {
    const page = await cold.list({ prefix: chunkPrefix(roomId), limit: 1000, ...(cursor !== null && { cursor }) });
    for (const { name } of page.objects) {
      const range = rangeOfChunk(roomId, name);
      if (!range || !linksWithin(links, range).some(({ chunk }) => chunk === null)) continue;
      await checkChunk(cold, name, range);
      found.push(range);
    }
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

/** The links whose entries all lie in `range`. */
export function linksWithin(links: readonly ChainLink[], range: EntryRange): readonly ChainLink[] {
  return links.filter(({ first, last }) => first >= range.first && last <= range.last);
}

async function checkChunk(cold: ColdStore, name: string, range: EntryRange): Promise<void> {
  const stored = await cold.get(name);
  if (!stored) throw goneObject(name);
  checkWhole(name, await decodeSegment(name, stored.bytes), range);
}

/** @throws RoomCoreError `ERR_STORE_DAMAGED` unless the object `name` has all entries of `range`, and no others. */
export function checkWhole(name: string, { entries }: Segment, { first, last }: EntryRange): void {
  const isWhole = entries.length === last - first + 1 && entries.every(({ seq }, index) => seq === first + index);
  if (!isWhole) {
    throw new RoomCoreError('ERR_STORE_DAMAGED', `Entries ${first} to ${last} are not all in one piece in ${name}.`);
  }
}
