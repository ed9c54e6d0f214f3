import { startFakeGcs } from '@colloquy/fake-gcs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { archivedEngine } from '../../src/archive/index.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { testRoomEngine } from '../../src/testing/engine-contract.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';

if (whyNoRedis !== null) {
  describe('room engine: Redis before a store', () => it.skip(whyNoRedis ?? '', () => {}));
} else {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  let count = 0;
  await testRoomEngine('Redis before Google Cloud Storage (fake)', async () => {
    const fake = await startFakeGcs();
    // A Redis that has forgotten everything at each restart: everything comes from the store.
    const open = () => {
      count += 1;
      const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' });
      return archivedEngine({ engine: redisEngine({ connection: server.connection, prefix: `test${count}:` }), cold });
    };
    let engine = open();
    return {
      engine,
      reopen: async () => {
        await engine.close();
        engine = open();
        return engine;
      },
      dispose: () => fake.close(),
    };
  });
}
