import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { testRoomEngine } from '../../src/testing/engine-contract.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';

if (whyNoRedis !== null) {
  describe('room engine: redis', () => it.skip(whyNoRedis ?? '', () => {}));
} else {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  let count = 0;
  await testRoomEngine('redis', () => {
    count += 1;
    const options = { connection: server.connection, prefix: `test${count}:` };
    let engine = redisEngine(options);
    return {
      engine,
      reopen: async () => {
        await engine.close();
        engine = redisEngine(options);
        return engine;
      },
    };
  });
}
