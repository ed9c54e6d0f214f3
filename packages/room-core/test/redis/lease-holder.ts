// A process that runs a room in Redis, as far as its lease goes.
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { redisNode } from '../../src/redis/redis-node.ts';

export type HolderSays = 'take' | 'write';

const connection = { path: process.argv[2] ?? '' };
const engine = redisEngine({ connection });
const node = redisNode({ connection });
const taken = node.acquire('r', 60_000);
const entry = { kind: 'room.reopened', actor: { participantId: 'room', name: 'Room' }, body: {} } as const;

process.on('message', async (what: HolderSays) => {
  const { lease, outcome } = await taken;
  process.send?.(what === 'take' ? outcome : (await engine.append('r', entry, { lease })).outcome);
});
