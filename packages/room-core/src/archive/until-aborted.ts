import type { ColdStore } from '../ports/cold-store.ts';

/** A store in which whoever has it begins nothing more once `signal` is aborted, and is told with its reason. */
export function untilAborted(cold: ColdStore, signal: AbortSignal): ColdStore {
  const call = async <T>(request: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const answer = await request();
    signal.throwIfAborted();
    return answer;
  };
  return {
    putIfAbsent: (name, bytes, options) => call(() => cold.putIfAbsent(name, bytes, { ...options, signal })),
    replace: (name, bytes, version, options) => call(() => cold.replace(name, bytes, version, { ...options, signal })),
    get: (name) => call(() => cold.get(name, { signal })),
    stat: (name) => call(() => cold.stat(name, { signal })),
    list: (options) => call(() => cold.list({ ...options, signal })),
    delete: (name, version) => call(() => cold.delete(name, version, { signal })),
    close: () => cold.close(),
  };
}
