import type { LogEntry } from '@colloquy/live-protocol';

type EntryListener = (entry: LogEntry) => void;

/** Tells the subscribers of each room of new entries: in order, also when a listener appends, whoever throws. */
export class EntryFanout {
  readonly #listeners = new Map<string, Set<EntryListener>>();
  readonly #waiting: LogEntry[] = [];
  #publishing = false;

  subscribe(roomId: string, listener: EntryListener): () => void {
    // A wrapper of its own, so that the same function may subscribe twice and each undo removes one.
    const own: EntryListener = (entry) => listener(entry);
    const listeners = this.#listeners.get(roomId) ?? new Set();
    this.#listeners.set(roomId, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(roomId) === listeners) this.#listeners.delete(roomId);
    };
  }

  publish(entry: LogEntry): void {
    this.#waiting.push(entry);
    // A listener that appends comes back here: its entry waits until everybody has heard of the current one.
    if (this.#publishing) return;
    this.#publishing = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#tell(next);
    this.#publishing = false;
  }

  clear(): void {
    this.#listeners.clear();
  }

  #tell(entry: LogEntry): void {
    for (const listener of [...(this.#listeners.get(entry.room) ?? [])]) {
      try {
        listener(entry);
      } catch {
        // The contract lets a listener throw at its own risk: the entry is stored, and the next one shows it the gap.
      }
    }
  }
}
