import { Worker } from 'node:worker_threads';
import { RoomCoreError } from '../errors.ts';
import type { Asking, FromWorker, StoreWorkerData, ToWorker } from './worker-wire.ts';

/** Most bytes that may wait for the disk. */
const MAX_WAITING_LENGTH = 64 * 1024 * 1024;

interface Waiting {
  readonly length: number;
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
}

/** The main thread's end of a database worker: requests go out and are answered in order. */
export class StoreWorker<A extends Asking> {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #waitingLength = 0;
  /** Why nothing more can be asked; `null` while open. */
  #ended: RoomCoreError | null = null;
  readonly #exited: Promise<void>;

  constructor({ path, file, name }: StoreWorkerOptions) {
    this.#path = path;
    this.#name = name;
    this.#worker = new Worker(file, {
      workerData: { path } satisfies StoreWorkerData,
      name,
      // node:sqlite announces itself as experimental in Node 22; the loader flags of the main thread are not for here.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (cause) => this.#end(this.#failed(cause)));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end(this.#failed(null));
        resolve();
      });
    });
  }

  /** `length` is about what the request weighs, in bytes. */
  ask<K extends keyof A['answers'] & A['request']['op']>(
    request: Extract<A['request'], { readonly op: K }>,
    length = 0,
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
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { length, resolve, reject });
      this.#post({ type: 'request', id, request });
    });
  }

  /** Waits for what was asked, then ends the thread. Idempotent. */
  close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = new RoomCoreError('ERR_STORE_UNAVAILABLE', `${this.#name} of ${this.#path} was closed.`);
      this.#worker.ref();
      this.#post({ type: 'close' });
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
      if (outcome.ok) waiting.resolve(outcome.value as never);
      else waiting.reject(new RoomCoreError(outcome.code, outcome.message));
    }
    if (this.#waiting.size === 0 && !this.#ended) this.#worker.unref();
  }

  #end(error: RoomCoreError): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#waitingLength = 0;
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
