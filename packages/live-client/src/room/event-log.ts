import type { LogEntry, ModelStatus } from '@colloquy/live-protocol';
import type { ConnectionSnapshot } from '../connection/connection-snapshot.ts';
import type { LiveClientError } from '../errors.ts';
import type { RoomEvents } from './room-events.ts';

/** Something that happened, as it was seen here. */
export type LoggedEvent = { readonly id: number /** Milliseconds since the Unix epoch. */; readonly ts: number } & (
  | { readonly type: 'entry'; readonly entry: LogEntry }
  | { readonly type: 'connection'; readonly status: ConnectionSnapshot['status']; readonly attempt: number }
  | { readonly type: 'model'; readonly status: ModelStatus; readonly turn: number; readonly reason: string | null }
  | { readonly type: 'notice'; readonly code: string; readonly message: string }
  | { readonly type: 'error'; readonly error: LiveClientError }
);

type Happened = LoggedEvent extends infer E ? (E extends LoggedEvent ? Omit<E, 'id'> : never) : never;

/** What an {@link EventLog} listens to. */
export interface EventSource {
  on<Type extends keyof RoomEvents>(type: Type, listener: (event: RoomEvents[Type]) => void): () => void;
}

/** More than anybody scrolls through; the oldest go. */
const MOST_EVENTS = 1_000;

/** Writes down what a room's client tells. */
export class EventLog {
  readonly #stops: readonly (() => void)[];
  readonly #changed: (events: readonly LoggedEvent[]) => void;
  #events: readonly LoggedEvent[] = [];
  #count = 0;
  /** Entries are told again when a window of the log begins anew. Of those that are kept. */
  readonly #seen = new Set<string>();
  /** The last entry that is not kept any more; those before it went too. */
  #gone: LogEntry | null = null;
  #connection = '';
  #model = '';

  constructor(
    source: EventSource,
    { now, changed }: { readonly now: () => number; readonly changed: (events: readonly LoggedEvent[]) => void },
  ) {
    this.#changed = changed;
    this.#stops = [
      source.on('entryAdded', ({ entry }) => this.#entry(entry)),
      source.on('stateChanged', ({ connection: { status, attempt } }) => {
        if (this.#connection === `${status} ${attempt}`) return;
        this.#connection = `${status} ${attempt}`;
        this.#add({ type: 'connection', ts: now(), status, attempt });
      }),
      source.on('modelChanged', ({ model: { status, turn, reason = null } }) => {
        if (this.#model === `${status} ${turn} ${reason}`) return;
        this.#model = `${status} ${turn} ${reason}`;
        this.#add({ type: 'model', ts: now(), status, turn, reason });
      }),
      source.on('notice', ({ code, message }) => this.#add({ type: 'notice', ts: now(), code, message })),
      source.on('error', ({ error }) => this.#add({ type: 'error', ts: now(), error })),
    ];
  }

  /** Entries that are known not to be told again; bounded as the events are. */
  get rememberedCount(): number {
    return this.#seen.size;
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
  }

  #entry(entry: LogEntry): void {
    if (this.#seen.has(keyOf(entry))) return;
    if (this.#gone?.epoch === entry.epoch && entry.seq <= this.#gone.seq) return;
    this.#seen.add(keyOf(entry));
    this.#add({ type: 'entry', ts: entry.ts, entry });
  }

  #add(event: Happened): void {
    this.#count += 1;
    const oldest = this.#events.length === MOST_EVENTS ? this.#events[0] : undefined;
    if (oldest?.type === 'entry') {
      this.#seen.delete(keyOf(oldest.entry));
      this.#gone = oldest.entry;
    }
    this.#events = [...this.#events, { ...event, id: this.#count } as LoggedEvent].slice(-MOST_EVENTS);
    this.#changed(this.#events);
  }
}

function keyOf({ epoch, seq }: LogEntry): string {
  return `${epoch}:${seq}`;
}
