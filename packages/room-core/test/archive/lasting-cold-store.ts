import type { ColdStore } from '../../src/index.ts';

/** A store that outlives the engines before it, as a bucket does. */
export function lasting(store: ColdStore): ColdStore {
  return {
    putIfAbsent: (...args) => store.putIfAbsent(...args),
    replace: (...args) => store.replace(...args),
    get: (...args) => store.get(...args),
    stat: (...args) => store.stat(...args),
    list: (...args) => store.list(...args),
    delete: (...args) => store.delete(...args),
    close: async () => {},
  };
}
