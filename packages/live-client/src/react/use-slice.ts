import { useSyncExternalStore } from 'react';

/** A client whose snapshot is replaced when something changed. */
export interface SnapshotSource<Snapshot> {
  readonly getSnapshot: () => Snapshot;
  readonly subscribe: (listener: () => void) => () => void;
}

/** One value of a client's snapshot: renders again only when that value is another one. */
export function useSlice<Snapshot, Value>(
  client: SnapshotSource<Snapshot>,
  select: (snapshot: Snapshot) => Value,
): Value {
  const read = () => select(client.getSnapshot());
  return useSyncExternalStore(client.subscribe, read, read);
}
