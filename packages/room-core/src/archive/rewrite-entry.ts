import type { LogEntry } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import { type ChainLink, chunkOf, goneObject } from './chain-link.ts';
import { decodeSegment, encodeSegment } from './segment-codec.ts';

/** Which entry of a stored log gets which body. */
export interface EntryRewrite {
  readonly cold: ColdStore;
  readonly roomId: string;
  /** The segment that the entry was stored with. */
  readonly link: ChainLink;
  readonly seq: number;
  readonly body: LogEntry['body'];
}

/** Tries again when somebody else has replaced the object meanwhile. */
const ATTEMPTS = 10;

/**
 * Writes the object that holds an entry anew with another body of it: the only change a segment or chunk ever gets.
 * Name, metadata and every other entry stay.
 *
 * @returns the name of the object.
 * @throws RoomCoreError of the store.
 */
export async function rewriteEntry({ cold, roomId, link, seq, body }: EntryRewrite): Promise<string> {
  let name = link.chunk ?? link.name;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const stored = await cold.get(name);
    if (!stored) throw goneObject(name);
    const { metadata, version } = stored.object;
    const chunk = chunkOf(roomId, metadata);
    if (chunk !== null && chunk !== name) {
      // A tombstone: its entries were joined with others.
      name = chunk;
      continue;
    }
    const segment = await decodeSegment(name, stored.bytes);
    const entries = segment.entries.map((entry) => (entry.seq === seq ? ({ ...entry, body } as LogEntry) : entry));
    if (await cold.replace(name, await encodeSegment({ ...segment, entries }), version, { metadata })) return name;
  }
  throw new RoomCoreError(
    'ERR_STORE_UNAVAILABLE',
    `${name} is changed by others all the time; does another server use the same store?`,
  );
}
