import type { Emitter } from './emitter.ts';

/** How events are iterated. */
export interface IterateOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
  /** Most events that wait for a slow loop; older ones are dropped then. @defaultValue 1_000 */
  readonly maxWaiting?: number;
}

/**
 * The events of one type, as they come from now on, for `for await`. Ends with the signal, with `break`, and with the
 * emitter.
 */
export function iterateEvents<Events extends object, Type extends keyof Events & string>(
  emitter: Emitter<Events>,
  type: Type,
  { signal, maxWaiting = 1_000 }: IterateOptions = {},
): AsyncIterableIterator<Events[Type]> {
  const waiting: Events[Type][] = [];
  let ended = signal?.aborted ?? false;
  let wake = () => {};
  const stop = () => {
    ended = true;
    off();
    offCleared();
    signal?.removeEventListener('abort', stop);
    wake();
  };
  const off = emitter.on(type, (event) => {
    waiting.push(event);
    if (waiting.length > maxWaiting) waiting.shift();
    wake();
  });
  const offCleared = emitter.onCleared(stop);
  signal?.addEventListener('abort', stop);
  if (ended) stop();
  return {
    async next() {
      while (waiting.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const value = signal?.aborted ? undefined : waiting.shift();
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
    async return() {
      waiting.length = 0;
      stop();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
