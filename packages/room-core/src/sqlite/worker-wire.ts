import type { RoomCoreErrorCode } from '../errors.ts';

/** What a worker can be asked for, and what it answers: each operation by its name. */
export interface Asking {
  readonly request: { readonly op: string };
  readonly answers: object;
}

/** What came of one request. */
export type StoreOutcome<Answer = unknown> =
  | { readonly ok: true; readonly value: Answer }
  | { readonly ok: false; readonly code: RoomCoreErrorCode; readonly message: string };

/** Main thread to worker. */
export type ToWorker<Request> =
  | { readonly type: 'request'; readonly id: number; readonly request: Request }
  | { readonly type: 'close' };

/** Worker to main thread; outcomes in the order of the requests. */
export type FromWorker =
  | { readonly type: 'outcomes'; readonly outcomes: readonly (readonly [id: number, outcome: StoreOutcome])[] }
  | { readonly type: 'closed' };

/** What the worker itself is told when it is made. */
export interface StoreWorkerData {
  /** Of the database file. */
  readonly path: string;
}
