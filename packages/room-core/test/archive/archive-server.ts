// A server of rooms on an engine before a bucket, led by the messages of a parent process, which `onFlushed` tells how far each
// room is stored. Ends in order on SIGTERM.
import { archivedEngine } from '../../src/archive/index.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { memoryEngine, RoomManager } from '../../src/index.ts';
import { sqliteEngine } from '../../src/sqlite/index.ts';

/** What the parent asks; each is answered by a message with the same `id`. */
export type Order =
  | { readonly id: number; readonly do: 'create'; readonly name: string }
  | { readonly id: number; readonly do: 'list' }
  | { readonly id: number; readonly do: 'write'; readonly room: string; readonly text: string; readonly cid: string }
  | { readonly id: number; readonly do: 'read'; readonly room: string };

const [endpoint = '', directory = '', closeMs = '30000'] = process.argv.slice(2);
const engine = archivedEngine({
  engine: directory === '' ? memoryEngine() : sqliteEngine({ directory }),
  cold: gcsColdStore({ bucket: 'bucket', apiEndpoint: endpoint, projectId: 'test', retry: { firstPauseMs: 1 } }),
  flush: { afterMs: 100, idleMs: 50 },
  closeMs: Number(closeMs),
  onFlushed: (flushed) => process.send?.({ flushed }),
});
const rooms = new RoomManager({ engine, model: null });

async function answer(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'create':
      return (await rooms.create({ name: order.name })).id;
    case 'list':
      return (await rooms.list({ limit: 100 })).rooms.map(({ id }) => id);
    case 'read':
      return {
        position: await engine.position(order.room),
        log: (await rooms.history(order.room, { limit: 500 })).entries,
      };
    case 'write': {
      const { room, text, cid } = order;
      const actor = { participantId: 'ana', name: 'Ana' };
      return engine.append(room, { kind: 'msg.text', actor, cid, body: { text, toModel: false } });
    }
    default:
      return order satisfies never;
  }
}

process.on('message', async (order: Order) => {
  const value = await answer(order).catch((error: unknown) => ({ failed: String(error) }));
  process.send?.({ id: order.id, value });
});
process.on('SIGTERM', async () => {
  await rooms.shutdown();
  process.exit(0);
});
process.send?.('ready');
