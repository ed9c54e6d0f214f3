import type { CDPSession } from 'playwright-core';

/** What there is of one kind of thing on the heap. */
export interface HeapKind {
  readonly count: number;
  /** Bytes. */
  readonly size: number;
}

/** What is held after collections, bytes: the least of three, for what one leaves the next may find. */
export interface Held {
  readonly onHeap: number;
  /** In array buffers, which are not on the heap. */
  readonly inBuffers: number;
}

/** A heap of its own: that of a page, or of one of its workers and worklets. */
export interface Isolate {
  /** What it answers to a command of Chromium's protocol. */
  ask(method: string, parameters?: object): Promise<unknown>;
  /** The parts of a snapshot as they come, until the returned function is called. */
  onChunk(take: (chunk: string) => void): () => void;
}

/** The isolate of a page. */
export function pageIsolate(session: CDPSession): Isolate {
  return {
    ask: (method, parameters) => session.send(method as 'HeapProfiler.collectGarbage', parameters as never),
    onChunk(take) {
      const listener = ({ chunk }: { readonly chunk: string }) => take(chunk);
      session.on('HeapProfiler.addHeapSnapshotChunk', listener);
      return () => session.off('HeapProfiler.addHeapSnapshotChunk', listener);
    },
  };
}

/** What an isolate holds. */
export async function collected(isolate: Isolate): Promise<Held> {
  let [onHeap, inBuffers] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let n = 0; n < 3; n++) {
    await isolate.ask('HeapProfiler.collectGarbage');
    const usage = (await isolate.ask('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize: number };
    onHeap = Math.min(onHeap, usage.usedSize);
    inBuffers = Math.min(inBuffers, usage.backingStorageSize);
  }
  return { onHeap, inBuffers };
}

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** What is on a heap, by V8's type and the name of the constructor, such as `object:Map`. */
export async function heapByKind(isolate: Isolate): Promise<Map<string, HeapKind>> {
  const parts: string[] = [];
  const undo = isolate.onChunk((chunk) => parts.push(chunk));
  await isolate.ask('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  undo();
  const { snapshot, nodes, strings } = JSON.parse(parts.join('')) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const kinds = new Map<string, HeapKind>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const typeName = types[0][nodes[at + type] ?? 0] ?? '';
    // The name of a string is the string.
    const kind = /string/.test(typeName) ? typeName : `${typeName}:${strings[nodes[at + name] ?? 0]}`;
    const { count = 0, size: sum = 0 } = kinds.get(kind) ?? {};
    kinds.set(kind, { count: count + 1, size: sum + (nodes[at + size] ?? 0) });
  }
  return kinds;
}
