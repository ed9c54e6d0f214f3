import { type LogEntry, redactedEntry } from '@colloquy/live-protocol';

/** Entries that came too early are kept so far; more are dropped, and `sync` brings them again. */
const MAX_HELD = 1000;

/**
 * The part of a room's log that this client holds: always one contiguous run of entries, whatever arrives in whatever
 * order. It grows at both ends and forgets its oldest entries above `capacity`.
 */
export class LogWindow {
  readonly #capacity: number;
  #entries: readonly LogEntry[] = [];
  #held = new Map<number, LogEntry>();
  /** Highest number applied; `null` until the first entry tells where the window starts. */
  #last: number | null = null;
  #epoch = 0;
  #olderOnServer = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Oldest first; a new array after each change. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Where to resume; `null` before anything was applied. */
  get position(): { readonly epoch: number; readonly seq: number } | null {
    return this.#last === null ? null : { epoch: this.#epoch, seq: this.#last };
  }

  /** Whether entries after a hole wait for the ones in it. */
  get hasGap(): boolean {
    return this.#held.size > 0;
  }

  /** Whether older entries exist and there is room for them. */
  get hasOlder(): boolean {
    return this.#olderOnServer && this.#entries.length < this.#capacity;
  }

  /** Number of the oldest entry held; `null` when there is none. */
  get first(): number | null {
    return this.#entries[0]?.seq ?? null;
  }

  /** Starts anew: the next entry that comes is where the window begins, unless nothing was ever written. */
  reset(options: { readonly epoch: number; readonly top: number; readonly hasOlder: boolean }): void {
    this.#entries = [];
    this.#held.clear();
    this.#epoch = options.epoch;
    this.#last = options.top === 0 ? 0 : null;
    this.#olderOnServer = options.hasOlder;
  }

  /** Goes on from where the window stands, in a possibly newer epoch. Entries above `truncateAfter` never were. */
  resume(options: { readonly epoch: number; readonly truncateAfter?: number }): void {
    this.#epoch = options.epoch;
    this.#held.clear();
    const { truncateAfter } = options;
    if (truncateAfter === undefined || this.#last === null || this.#last <= truncateAfter) return;
    this.#entries = this.#entries.filter((entry) => entry.seq <= truncateAfter);
    this.#last = truncateAfter;
  }

  /**
   * Takes what the server sent: the next entry is applied, a known one dropped, one after a hole held.
   *
   * @returns the entries applied now, in order.
   */
  apply(entries: readonly LogEntry[]): readonly LogEntry[] {
    const applied: LogEntry[] = [];
    for (const entry of entries) {
      this.#last ??= entry.seq - 1;
      if (entry.seq <= this.#last) continue;
      if (entry.seq > this.#last + 1) {
        if (this.#held.size < MAX_HELD) this.#held.set(entry.seq, entry);
        continue;
      }
      for (let next: LogEntry | undefined = entry; next; next = this.#held.get(this.#last + 1)) {
        applied.push(next);
        this.#held.delete(next.seq);
        this.#last = next.seq;
      }
    }
    if (applied.length > 0) this.#append(applied);
    return applied;
  }

  /**
   * Puts a page of older entries in front; what does not reach the oldest entry held is ignored.
   *
   * @returns how many were put there.
   */
  prepend(page: readonly LogEntry[], hasOlder: boolean): number {
    const older: LogEntry[] = [];
    const room = this.#capacity - this.#entries.length;
    let next = (this.first ?? (this.#last ?? 0) + 1) - 1;
    for (const entry of [...page].sort((a, b) => b.seq - a.seq)) {
      if (entry.seq !== next || older.length === room) continue;
      older.unshift(entry);
      next -= 1;
    }
    this.#olderOnServer = hasOlder || (older.length === room && next > 0);
    if (older.length > 0) this.#entries = [...older, ...this.#entries];
    return older.length;
  }

  #append(applied: readonly LogEntry[]): void {
    const all = withoutRedacted([...this.#entries, ...applied], applied);
    const surplus = all.length - this.#capacity;
    this.#entries = surplus > 0 ? all.slice(surplus) : all;
    if (surplus > 0) this.#olderOnServer = true;
  }
}

/** Words that a host took out of the log are not shown any more. */
function withoutRedacted(entries: readonly LogEntry[], applied: readonly LogEntry[]): readonly LogEntry[] {
  const redacted = new Set(applied.flatMap((entry) => (entry.kind === 'redact' ? [entry.body.seq] : [])));
  if (redacted.size === 0) return entries;
  return entries.map((entry) => (redacted.has(entry.seq) ? (redactedEntry(entry) ?? entry) : entry));
}
