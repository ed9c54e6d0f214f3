/** A stored object as its columns. */
export interface ObjectRow {
  readonly name: string;
  readonly version: number;
  readonly size: number;
  /** JSON. */
  readonly metadata: string;
}

/** What the worker of the objects is asked to do. */
export type ObjectRequest =
  | { readonly op: 'putIfAbsent'; readonly name: string; readonly metadata: string; readonly bytes: Uint8Array }
  | {
      readonly op: 'replace';
      readonly name: string;
      readonly metadata: string;
      readonly bytes: Uint8Array;
      readonly expected: number;
    }
  | { readonly op: 'get'; readonly name: string }
  | { readonly op: 'stat'; readonly name: string }
  | {
      readonly op: 'list';
      readonly prefix: string;
      readonly startAt: string;
      /** The last name of the page before; `null` for the first page. */
      readonly after: string | null;
      readonly limit: number;
    }
  | { readonly op: 'delete'; readonly name: string; readonly expected: number };

/** Answer to each request. */
export interface ObjectAnswers {
  readonly putIfAbsent: { readonly created: boolean; readonly row: ObjectRow };
  /** `null`: it is another version, or none. */
  readonly replace: ObjectRow | null;
  readonly get: { readonly row: ObjectRow; readonly bytes: Uint8Array<ArrayBuffer> } | null;
  readonly stat: ObjectRow | null;
  /** One more than the limit where there is more. */
  readonly list: readonly ObjectRow[];
  readonly delete: boolean;
}
