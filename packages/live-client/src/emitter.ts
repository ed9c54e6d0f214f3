/** Told about an exception that a listener threw. */
export type ListenerErrorHandler = (error: unknown, type: string) => void;

/**
 * Typed events. `Events` maps each event name to the one object that its listeners get.
 *
 * A listener that throws is reported and the others still run; a listener that was removed while an event is being
 * delivered is not called any more.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly #cleared = new Set<() => void>();
  readonly #onListenerError: ListenerErrorHandler;

  constructor(options: { readonly onListenerError?: ListenerErrorHandler } = {}) {
    this.#onListenerError = options.onListenerError ?? reportUncaught;
  }

  /** Calls `listener` at each event of this type until the returned function is called; calling that twice is harmless. */
  on<Type extends keyof Events & string>(type: Type, listener: (event: Events[Type]) => void): () => void {
    let active = true;
    // One closure for each registration: the same function registered twice has two independent undos.
    const deliver = (event: Events[Type]) => {
      if (!active) return;
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error, type);
      }
    };
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(deliver));
    return () => {
      active = false;
      listeners.delete(deliver);
    };
  }

  /** Delivers `event` to those who listen now. */
  emit<Type extends keyof Events & string>(type: Type, event: Events[Type]): void {
    // A copy: who begins to listen meanwhile hears the next one.
    for (const deliver of [...(this.#listeners.get(type) ?? [])]) deliver(event as never);
  }

  /** Calls `listener` when every listener is forgotten; returns its undo. */
  onCleared(listener: () => void): () => void {
    this.#cleared.add(listener);
    return () => this.#cleared.delete(listener);
  }

  /** How many listen to this type of event. */
  listenerCount(type: keyof Events & string): number {
    return this.#listeners.get(type)?.size ?? 0;
  }

  /** Forgets every listener. */
  clear(): void {
    this.#listeners.clear();
    for (const listener of [...this.#cleared]) listener();
  }
}

/** What an event target does with an exception of a listener: the page's `error` event, or the process's handler. */
function reportUncaught(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else {
    queueMicrotask(() => {
      throw error;
    });
  }
}
