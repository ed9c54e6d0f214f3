import type { AppEntriesPage, LogEntry, LogEntryOf } from '@colloquy/live-protocol';

/** Entries per page. */
const PAGE = 200;

/** What a {@link AppLog} knows at a moment. Replaced, never changed. */
export interface AppLogSnapshot {
  /** Every entry of the topic so far, in the order of the log. */
  readonly entries: readonly LogEntryOf<'app'>[];
  /** Whether everything from before this client came has been read. */
  readonly isComplete: boolean;
}

/** What an {@link AppLog} needs of its client. */
export interface AppLogPort {
  readonly read: (topic: string, after: number, limit: number) => Promise<AppEntriesPage>;
  readonly isOpen: () => boolean;
  readonly onJoined: (listener: () => void) => () => void;
  readonly onEntry: (listener: (entry: LogEntry) => void) => () => void;
}

const EMPTY: AppLogSnapshot = { entries: [], isComplete: false };

/**
 * Everything that was published in a room under one topic: what is in the log, read once, and what comes. It reads and
 * listens while somebody is subscribed.
 */
export class AppLog {
  readonly topic: string;
  readonly #port: AppLogPort;
  readonly #listeners = new Set<() => void>();
  readonly #bySeq = new Map<number, LogEntryOf<'app'>>();
  #snapshot = EMPTY;
  /** Every entry of the topic up to this number is here. */
  #readUpTo = 0;
  #isReading = false;
  /** The connection was made anew while a page was on its way. */
  #readAgain = false;
  #stop: (() => void) | null = null;

  /** @internal */
  constructor(topic: string, port: AppLogPort) {
    this.topic = topic;
    this.#port = port;
  }

  /** The same object until something changed. */
  getSnapshot = (): AppLogSnapshot => this.#snapshot;

  /** Calls `listener` after each change until the returned function is called. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = null;
    };
  };

  #start(): void {
    const stops = [this.#port.onJoined(() => void this.#read()), this.#port.onEntry((entry) => this.#came(entry))];
    this.#stop = () => {
      for (const stop of stops) stop();
    };
    if (this.#port.isOpen()) void this.#read();
  }

  /** Reads on from what is known. What comes meanwhile comes twice, and counts once. */
  async #read(): Promise<void> {
    if (this.#isReading) {
      this.#readAgain = true;
      return;
    }
    this.#isReading = true;
    try {
      for (let hasMore = true; hasMore && this.#port.isOpen(); ) {
        const page = await this.#port.read(this.topic, this.#readUpTo, PAGE);
        for (const entry of page.entries) this.#bySeq.set(entry.seq, entry);
        this.#readUpTo = Math.max(this.#readUpTo, page.readUpTo);
        hasMore = page.hasMore;
        this.#changed(!hasMore);
      }
    } catch {
      // The connection broke: the next one begins with reading on.
    } finally {
      this.#isReading = false;
      if (this.#readAgain) {
        this.#readAgain = false;
        void this.#read();
      }
    }
  }

  #came(entry: LogEntry): void {
    if (entry.kind === 'log.discontinuity') this.#forget(entry.body);
    if (entry.kind !== 'app' || entry.body.topic !== this.topic || this.#bySeq.get(entry.seq) === entry) return;
    this.#bySeq.set(entry.seq, entry);
    this.#changed(this.#snapshot.isComplete);
  }

  /** Entries that the store lost never were. */
  #forget({ epoch, after }: { readonly epoch: number; readonly after: number }): void {
    for (const entry of [...this.#bySeq.values()]) {
      if (entry.seq > after && entry.epoch < epoch) this.#bySeq.delete(entry.seq);
    }
    this.#readUpTo = Math.min(this.#readUpTo, after);
    this.#changed(this.#snapshot.isComplete);
  }

  #changed(isComplete: boolean): void {
    const entries = [...this.#bySeq.values()].sort((a, b) => a.seq - b.seq);
    this.#snapshot = { entries, isComplete };
    for (const listener of [...this.#listeners]) listener();
  }
}
