import { Emitter } from './emitter.ts';

/**
 * A snapshot that is replaced, never changed: the same object until something in it changed, as
 * `useSyncExternalStore` wants it.
 */
export class Store<Snapshot extends object> {
  readonly #changes = new Emitter<{ changed: Snapshot }>();
  #snapshot: Snapshot;

  constructor(initial: Snapshot) {
    this.#snapshot = initial;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Puts `patch` over the snapshot. Nothing happens when every value is the one that is there. */
  update(patch: Partial<Snapshot>): void {
    const keys = Object.keys(patch) as (keyof Snapshot)[];
    if (keys.every((key) => Object.is(patch[key], this.#snapshot[key]))) return;
    this.#snapshot = { ...this.#snapshot, ...patch };
    this.#changes.emit('changed', this.#snapshot);
  }

  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    return this.#changes.on('changed', listener);
  }
}
