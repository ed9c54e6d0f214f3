import { describe, it } from 'vitest';
import { memoryEngine } from '../../src/memory-engine.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { redisNode } from '../../src/redis/redis-node.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';
import { MemoryNodes } from '../../src/testing/memory-nodes.ts';
import { testRoomNodes } from '../../src/testing/nodes-contract.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';

await testRoomNodes('memory', () => {
  const clock = new FakeClock();
  const nodes = new MemoryNodes(memoryEngine(), clock);
  return { engine: nodes.engine, nodes: [nodes.node('a'), nodes.node('b')], pass: async (ms) => clock.advance(ms) };
});

if (whyNoRedis !== null) {
  describe('room nodes: redis', () => it.skip(whyNoRedis ?? '', () => {}));
} else {
  await testRoomNodes('redis', async () => {
    const server = await RedisServer.start();
    const { connection } = server;
    const secret = 'a secret of all servers';
    return {
      engine: redisEngine({ connection }),
      nodes: [redisNode({ connection, secret }), redisNode({ connection, secret })],
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      dispose: () => server.stop(),
    };
  });
}
