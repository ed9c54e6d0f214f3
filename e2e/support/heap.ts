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

/** What one isolate answers to a command of Chromium's protocol. */
export type AskIsolate = (method: 'HeapProfiler.collectGarbage' | 'Runtime.getHeapUsage') => Promise<unknown>;

/** What an isolate holds: a page, or one of its workers and worklets. */
export async function collected(ask: AskIsolate): Promise<Held> {
  let [onHeap, inBuffers] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let n = 0; n < 3; n++) {
    await ask('HeapProfiler.collectGarbage');
    const usage = (await ask('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize: number };
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

/** What is on the heap of the page, by V8's type and the name of the constructor, such as `object:Map`. */
export async function heapByKind(session: CDPSession): Promise<Map<string, HeapKind>> {
  const parts: string[] = [];
  const take = ({ chunk }: { chunk: string }) => parts.push(chunk);
  session.on('HeapProfiler.addHeapSnapshotChunk', take);
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  session.off('HeapProfiler.addHeapSnapshotChunk', take);
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
