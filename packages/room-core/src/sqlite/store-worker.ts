import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { systemClock } from '../system-clock.ts';
import type { Asking, FromWorker, StoreWorkerData, ToWorker } from './worker-wire.ts';

/** Most bytes that may wait for the disk. */
const MAX_WAITING_LENGTH = 64 * 1024 * 1024;
/** A disk that takes longer than this is not waited for. */
const ANSWER_MS = 30_000;

interface Waiting {
  readonly length: number;
  readonly askedAt: number;
  readonly answered: (value: never) => void;
  readonly resolve: (value: never) => void;
  readonly reject: (error: RoomCoreError) => void;
}

/** Which worker serves a database. */
export interface StoreWorkerOptions {
  /** Of the database file. */
  readonly path: string;
  /** The worker's file. */
  readonly file: URL;
  /** What the thread is called, and errors call what it serves. */
  readonly name: string;
  /** @defaultValue the machine's time */
  readonly clock?: Clock;
}

/** How a request is asked. */
export interface AskOptions<Answer> {
  /** About what the request weighs, in bytes. @defaultValue 0 */
  readonly length?: number;
  /** Hears of the answer, also of one that comes when nobody waits for it any more. In the order of the requests. */
  readonly answered?: (answer: Answer) => void;
}

/** The main thread's end of a database worker: requests go out and are answered in order. */
export class StoreWorker<A extends Asking> {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #waitingLength = 0;
  readonly #clock: Clock;
  /** Runs while anything is asked. */
  #deadline: Timer | null = null;
  /** Why nothing more can be asked; `null` while open. */
  #ended: RoomCoreError | null = null;
  readonly #exited: Promise<void>;

  constructor({ clock = systemClock(), path, file, name }: StoreWorkerOptions) {
    this.#clock = clock;
    this.#path = path;
    this.#name = name;
    this.#worker = new Worker(file, {
      // The thread opens it later, when the process may be in another directory.
      workerData: { path: resolve(path) } satisfies StoreWorkerData,
      name,
      // node:sqlite announces itself as experimental in Node 22; the loader flags of the main thread are not for here.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (cause) => this.#end(this.#failed(cause)));
    this.#exited = new Promise((exited) => {
      this.#worker.once('exit', () => {
        this.#end(this.#failed(null));
        exited();
      });
    });
  }

  /** @throws RoomCoreError `ERR_STORE_UNAVAILABLE` after 30 s: what was asked may be done all the same. */
  ask<K extends keyof A['answers'] & A['request']['op']>(
    request: Extract<A['request'], { readonly op: K }>,
    { answered = () => {}, length = 0 }: AskOptions<A['answers'][K]> = {},
  ): Promise<A['answers'][K]> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#waitingLength + length > MAX_WAITING_LENGTH) {
      return Promise.reject(
        new RoomCoreError(
          'ERR_STORE_UNAVAILABLE',
          `${this.#path} is slower than what is written to it; try again later.`,
        ),
      );
    }
    const id = this.#nextId++;
    // A write under way keeps the process alive; an idle engine does not.
    if (this.#waiting.size === 0) this.#worker.ref();
    this.#waitingLength += length;
    const askedAt = this.#clock.monotonic();
    this.#deadline ??= this.#clock.setTimer(ANSWER_MS, () => this.#late());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { length, askedAt, answered, resolve, reject });
      this.#post({ type: 'request', id, request });
    });
  }

  /** What still waits has its place in the bytes that may wait: it goes when the disk answers. */
  #late(): void {
    const now = this.#clock.monotonic();
    let next: number | null = null;
    for (const { askedAt, reject } of this.#waiting.values()) {
      if (now - askedAt >= ANSWER_MS) reject(this.#silent());
      else next ??= askedAt + ANSWER_MS - now;
    }
    this.#deadline = this.#waiting.size === 0 ? null : this.#clock.setTimer(next ?? ANSWER_MS, () => this.#late());
  }

  #silent(): RoomCoreError {
    const message = `${this.#path} did not answer within ${ANSWER_MS} ms; check the disk. It may have done it all the same.`;
    return new RoomCoreError('ERR_STORE_UNAVAILABLE', message);
  }

  #stopWaiting(): void {
    this.#deadline?.cancel();
    this.#deadline = null;
  }

  /** Waits for what was asked, for 30 s at most, then ends the thread. Idempotent. */
  close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = new RoomCoreError('ERR_STORE_UNAVAILABLE', `${this.#name} of ${this.#path} was closed.`);
      this.#worker.ref();
      this.#post({ type: 'close' });
      const late = this.#clock.setTimer(ANSWER_MS, () => void this.#worker.terminate());
      this.#exited.then(() => late.cancel());
    }
    return this.#exited;
  }

  #receive(message: FromWorker): void {
    if (message.type === 'closed') return;
    for (const [id, outcome] of message.outcomes) {
      const waiting = this.#waiting.get(id);
      if (!waiting) continue;
      this.#waiting.delete(id);
      this.#waitingLength -= waiting.length;
      if (outcome.ok) {
        waiting.answered(outcome.value as never);
        waiting.resolve(outcome.value as never);
      } else waiting.reject(new RoomCoreError(outcome.code, outcome.message));
    }
    if (this.#waiting.size > 0) return;
    this.#stopWaiting();
    if (!this.#ended) this.#worker.unref();
  }

  #end(error: RoomCoreError): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#waitingLength = 0;
    this.#stopWaiting();
  }

  #failed(cause: unknown): RoomCoreError {
    const why = cause instanceof Error ? cause.message : 'its thread ended';
    return new RoomCoreError(
      'ERR_STORE_UNAVAILABLE',
      `${this.#name} of ${this.#path} stopped (${why}); check the file and the disk, then start again.`,
      cause instanceof Error ? { cause } : undefined,
    );
  }

  #post(message: ToWorker<A['request']>): void {
    this.#worker.postMessage(message);
  }
}
