import type {
  AppendOptions,
  AppendResult,
  ClientNumber,
  EpochStart,
  LogPosition,
  SkipOptions,
  SkipResult,
} from '../ports/room-engine.ts';

/** The number of a client's message, cut out of its `cid` before it crosses to the worker. */
export interface NumberedClient {
  readonly participantId: string;
  readonly clientId: string;
  readonly n: number;
}

/** What the worker is asked to do. JSON crosses as text: it is stored as it is. */
export type StoreRequest =
  | {
      readonly op: 'append';
      readonly expected: AppendOptions;
      readonly roomId: string;
      readonly ts: number;
      readonly kind: string;
      readonly client: NumberedClient | null;
      readonly actor: string;
      readonly body: string;
    }
  | { readonly op: 'skip'; readonly expected: SkipOptions; readonly roomId: string; readonly client: NumberedClient }
  | { readonly op: 'position'; readonly roomId: string }
  | {
      readonly op: 'startEpoch';
      readonly roomId: string;
      readonly epoch: number;
      readonly ts: number;
      readonly actor: string;
    }
  /** Replaces the body of an entry. */
  | { readonly op: 'redact'; readonly roomId: string; readonly seq: number; readonly body: string }
  /** Puts some of a room's entries into the index of words. */
  | { readonly op: 'index'; readonly roomId: string }
  | {
      readonly op: 'search';
      readonly roomId: string;
      readonly words: readonly string[];
      readonly before: number;
      readonly limit: number;
    }
  /** Makes a room unknown. */
  | { readonly op: 'delete'; readonly id: string }
  /** Makes a room unknown, and its id free. */
  | { readonly op: 'forget'; readonly id: string }
  /** Frees some of what deleted rooms left. */
  | { readonly op: 'purge' }
  | {
      readonly op: 'read';
      readonly roomId: string;
      readonly from: number;
      readonly to: number;
      readonly limit: number;
    }
  | {
      readonly op: 'create';
      readonly id: string;
      readonly status: string;
      readonly createdAt: number;
      readonly version: number;
      readonly record: string;
    }
  | {
      readonly op: 'update';
      readonly id: string;
      readonly status: string;
      readonly version: number;
      readonly record: string;
    }
  | {
      readonly op: 'restore';
      readonly id: string;
      readonly status: string;
      readonly createdAt: number;
      readonly version: number;
      readonly record: string;
      readonly epochs: readonly EpochStart[];
      readonly top: number;
      readonly entries: readonly EntryRow[];
      readonly clients: readonly ClientNumber[];
    }
  | { readonly op: 'get'; readonly id: string }
  | {
      readonly op: 'list';
      readonly status: string | null;
      readonly limit: number;
      readonly idleSince: number | null;
      readonly after: { readonly createdAt: number; readonly ordinal: number } | null;
    };

/** A stored entry as its columns. */
export interface EntryRow {
  readonly seq: number;
  readonly epoch: number;
  readonly ts: number;
  readonly kind: string;
  readonly cid: string | null;
  readonly actor: string;
  readonly body: string;
}

/** A stored room as the columns a list needs. */
export interface RoomRow {
  readonly ordinal: number;
  readonly createdAt: number;
  readonly record: string;
}

/** Answer to each request. */
export interface StoreAnswers {
  readonly append:
    | { readonly outcome: 'appended'; readonly epoch: number; readonly seq: number }
    | { readonly outcome: 'duplicate'; readonly seq: number | null }
    | { readonly outcome: 'gap'; readonly expected: number }
    | Extract<AppendResult, { readonly outcome: 'epoch' | 'regressed' }>;
  readonly skip: SkipResult;
  readonly position: LogPosition;
  /** The entry it began with; `null` when the log is in another epoch already. */
  readonly startEpoch: { readonly position: LogPosition; readonly entry: EntryRow | null };
  readonly redact: null;
  /** Whether there is more. */
  readonly index: boolean;
  readonly search: readonly EntryRow[];
  readonly delete: null;
  readonly forget: null;
  /** Whether there is more. */
  readonly purge: boolean;
  readonly read: readonly EntryRow[];
  readonly create: null;
  readonly restore: null;
  readonly update: null;
  readonly get: string | null;
  readonly list: readonly RoomRow[];
}

/** The request of an operation. */
export type RequestOf<K extends StoreRequest['op']> = Extract<StoreRequest, { readonly op: K }>;
