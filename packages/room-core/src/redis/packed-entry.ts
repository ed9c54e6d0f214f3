import type { LogEntry, NewEntry } from '@colloquy/live-protocol';

/** An entry as it lies in a stream. */
export interface PackedEntry {
  readonly seq: number;
  readonly epoch: number;
  readonly ts: number;
  /** Of kind, actor, body and cid. */
  readonly json: string;
}

/** JSON of what a writer gives of an entry. */
export function packEntry({ kind, actor, body, cid }: NewEntry): string {
  return JSON.stringify({ kind, actor, body, cid });
}

/** The whole entry. */
export function unpackEntry(room: string, { seq, epoch, ts, json }: PackedEntry): LogEntry {
  return { room, epoch, seq, ts, ...(JSON.parse(json) as NewEntry) } as LogEntry;
}

/** Reads what `XRANGE` tells of one entry: its id, and `e epoch t ts v json`. */
export function fromStream([id, fields]: readonly [id: string, fields: readonly string[]]): PackedEntry {
  const [, epoch, , ts, , json = ''] = fields;
  return { seq: Number.parseInt(id, 10), epoch: Number(epoch), ts: Number(ts), json };
}

/** An entry beside the stream, as a member of a sorted set. */
export function packRedacted(entry: LogEntry): string {
  return JSON.stringify([entry.seq, entry.epoch, entry.ts, packEntry(entry)]);
}

/** Reads what {@link packRedacted} wrote. */
export function fromRedacted(member: string): PackedEntry {
  const [seq, epoch, ts, json] = JSON.parse(member) as [number, number, number, string];
  return { seq, epoch, ts, json };
}

/** Entries of the stream and those beside it, in order; one that is in both was being taken out, and has no words. */
export function mergeEntries(
  stream: readonly PackedEntry[],
  redacted: readonly PackedEntry[],
  limit: number,
): readonly PackedEntry[] {
  if (redacted.length === 0) return stream;
  const all = new Map([...stream, ...redacted].map((entry) => [entry.seq, entry]));
  return [...all.values()].sort((one, other) => one.seq - other.seq).slice(0, limit);
}
