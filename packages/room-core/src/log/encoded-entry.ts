import type { LogEntry } from '@colloquy/live-protocol';

/** An entry and its JSON, made once for everybody who gets it. */
export interface EncodedEntry {
  readonly entry: LogEntry;
  readonly json: string;
}

/** Most characters of JSON in one `entries` message. */
const MAX_BATCH_LENGTH = 256 * 1024;
/** Most entries in one `entries` message. */
const MAX_BATCH_ENTRIES = 100;

export function encodeEntry(entry: LogEntry): EncodedEntry {
  return { entry, json: JSON.stringify(entry) };
}

/** A message with entries, and its JSON put together from theirs. */
export interface EntriesMessage {
  readonly message: { readonly type: 'entries'; readonly entries: readonly LogEntry[] };
  readonly encoded: string;
}

export function toEntriesMessage(entries: readonly EncodedEntry[]): EntriesMessage {
  return {
    message: { type: 'entries', entries: entries.map(({ entry }) => entry) },
    encoded: `{"type":"entries","entries":[${entries.map(({ json }) => json).join(',')}]}`,
  };
}

/** The messages that carry `entries`, none larger than a client takes. */
export function toEntriesMessages(entries: readonly EncodedEntry[]): EntriesMessage[] {
  const messages: EntriesMessage[] = [];
  let batch: EncodedEntry[] = [];
  let length = 0;
  for (const entry of entries) {
    if (batch.length > 0 && (batch.length >= MAX_BATCH_ENTRIES || length + entry.json.length > MAX_BATCH_LENGTH)) {
      messages.push(toEntriesMessage(batch));
      batch = [];
      length = 0;
    }
    batch.push(entry);
    length += entry.json.length;
  }
  if (batch.length > 0) messages.push(toEntriesMessage(batch));
  return messages;
}

/** Characters of JSON in all of them. */
export function totalLength(entries: readonly EncodedEntry[]): number {
  return entries.reduce((sum, { json }) => sum + json.length, 0);
}

/** The newest of them, with at most `maxLength` characters of JSON in all; one of them in any case. */
export function newestWithin(entries: readonly EncodedEntry[], maxLength: number): readonly EncodedEntry[] {
  let first = entries.length - 1;
  let length = entries[first]?.json.length ?? 0;
  for (let next = first - 1; next >= 0; next -= 1) {
    length += entries[next]?.json.length ?? 0;
    if (length > maxLength) break;
    first = next;
  }
  return entries.slice(Math.max(0, first));
}
