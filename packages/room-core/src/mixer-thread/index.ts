/**
 * Mixing in a thread of its own.
 *
 * @packageDocumentation
 */
import { Worker } from 'node:worker_threads';
import type { MixerPort } from '../ports/room-mixer.ts';
import { ThreadMixers } from './thread-mixers.ts';

/** Options of {@link threadMixers}. */
export interface ThreadMixersOptions {
  /**
   * `'late'`: rooms are mixed in the thread that serves them until its ticks come late (five times more than 60 ms after
   * the one before, within ten seconds). `'always'`: in the thread from the beginning.
   * @defaultValue `'late'`
   */
  readonly when?: 'late' | 'always';
  /** Hears why the thread ended, if it did; rooms go on in the thread that serves them. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Mixes all rooms in one worker thread when the thread that serves them is too busy to be on time. Where a thread cannot
 * run, everything goes on without it.
 *
 * @example
 * ```ts
 * const rooms = new RoomManager({ engine, model, mixers: threadMixers() });
 * ```
 */
export function threadMixers(options: ThreadMixersOptions = {}): MixerPort {
  const { when = 'late', onError = () => {} } = options;
  if (when !== 'late' && when !== 'always') {
    throw new TypeError(`threadMixers: "when" must be "late" or "always"; it is ${JSON.stringify(when)}.`);
  }
  return new ThreadMixers({ when, onError, startWorker });
}

function startWorker(): Worker {
  // Type stripping runs the source under development; the bundle has the worker beside itself.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './mixer-worker.js';
  return new Worker(new URL(file, import.meta.url), {
    name: 'rooms-mixer',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}
