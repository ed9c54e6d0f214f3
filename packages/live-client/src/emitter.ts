import { EventEmitter } from 'eventemitter3';

/** Told about an exception that a listener threw. */
export type ListenerErrorHandler = (error: unknown, type: string) => void;

/**
 * Typed events. `Events` maps each event name to the one object that its listeners get.
 *
 * A listener that throws is reported and the others still run; a listener that was removed while an event is being
 * delivered is not called any more; one that is added meanwhile hears the next event.
 */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter();
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
    this.#emitter.on(type, deliver);
    return () => {
      active = false;
      this.#emitter.off(type, deliver);
    };
  }

  /** Delivers `event` to those who listen now. */
  emit<Type extends keyof Events & string>(type: Type, event: Events[Type]): void {
    this.#emitter.emit(type, event);
  }

  /** Calls `listener` when every listener is forgotten; returns its undo. */
  onCleared(listener: () => void): () => void {
    this.#cleared.add(listener);
    return () => this.#cleared.delete(listener);
  }

  /** How many listen to this type of event. */
  listenerCount(type: keyof Events & string): number {
    return this.#emitter.listenerCount(type);
  }

  /** Forgets every listener. */
  clear(): void {
    this.#emitter.removeAllListeners();
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
