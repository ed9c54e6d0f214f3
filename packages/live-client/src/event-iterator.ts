import type { Emitter } from './emitter.ts';

/** How events are iterated. */
export interface IterateOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
  /** Most events that wait for a slow loop; older ones are dropped then. @defaultValue 1_000 */
  readonly maxWaiting?: number;
}

const DONE = { done: true, value: undefined } as const;

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
  /** Calls of `next` that wait, in the order in which they were made. */
  const asking: ((result: IteratorResult<Events[Type], undefined>) => void)[] = [];
  let ended = signal?.aborted ?? false;
  const stop = () => {
    ended = true;
    off();
    offCleared();
    signal?.removeEventListener('abort', stop);
    for (const answer of asking.splice(0)) answer(DONE);
  };
  const off = emitter.on(type, (value) => {
    const answer = asking.shift();
    if (answer) answer({ done: false, value });
    else if (waiting.push(value) > maxWaiting) waiting.shift();
  });
  const offCleared = emitter.onCleared(stop);
  signal?.addEventListener('abort', stop);
  if (ended) stop();
  return {
    async next() {
      const value = signal?.aborted ? undefined : waiting.shift();
      if (value !== undefined) return { done: false, value };
      return ended ? DONE : new Promise((resolve) => asking.push(resolve));
    },
    async return() {
      waiting.length = 0;
      stop();
      return DONE;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
