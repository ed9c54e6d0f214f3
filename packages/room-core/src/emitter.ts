import { EventEmitter } from 'eventemitter3';

/** Typed events: `on` returns its own undo, and a listener that throws is reported while the others still run. */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  on<K extends keyof Events & string>(type: K, listener: (event: Events[K]) => void): () => void {
    const guarded = (event: Events[K]) => {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error);
      }
    };
    this.#emitter.on(type, guarded);
    return () => {
      this.#emitter.off(type, guarded);
    };
  }

  emit<K extends keyof Events & string>(type: K, event: Events[K]): void {
    this.#emitter.emit(type, event);
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }
}
