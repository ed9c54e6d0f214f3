// Creates names in a store that another process writes to at the same time, and tells which it was first with.
import { sqliteColdStore } from '../src/sqlite/index.ts';

const [path = '', count = '0'] = process.argv.slice(2);
const store = sqliteColdStore({ path });
const created: Record<string, boolean> = {};
for (let index = 0; index < Number(count); index += 1) {
  const name = `n/${index}`;
  created[name] = (await store.putIfAbsent(name, new TextEncoder().encode(String(process.pid)))).created;
}
await store.close();
process.send?.(created, () => process.disconnect?.());
