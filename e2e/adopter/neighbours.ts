import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { startPageServer } from '../../examples/snippets/support/page-server.ts';
import { RedisServer, whyNoRedis } from '../../packages/room-core/test/support/redis-server.ts';
import { startFakeGcs } from '../../tools/fake-gcs/src/index.ts';

/** What the examples of the READMEs talk to, as it is on this machine. */
export interface Neighbours {
  /** An example with the addresses of here in place of those that it names. */
  here(code: string): string;
  /** What else an example is told: its bucket, a ticket, and the Redis. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const PASSWORD = 'secret';

/** Starts a server of live-proxy with the emulator behind it, a bucket, and a Redis where one is installed. */
export async function startNeighbours(): Promise<Neighbours> {
  const server = await startPageServer({ body: '', script: '' });
  const bucket = await startFakeGcs({ buckets: ['my-rooms'] });
  const redis = whyNoRedis === null ? await startLockedRedis() : null;
  const ticket = await (await fetch(`${server.url}/ticket?who=Ana`)).text();
  const addresses = {
    'https://app.example/live': `${server.url}/live`,
    'wss://generativelanguage.googleapis.com': server.emulator.wsUrl,
    [`rediss://:${PASSWORD}@redis.internal:6379`]: redis?.url ?? 'redis://nowhere.invalid',
    // What the recording is of.
    '// Point a client at recorder.url (SDKs) or recorder.wsUrl, let it talk, then:': 'await talk(recorder.wsUrl);',
  };
  return {
    here: (code) => Object.entries(addresses).reduce((text, [there, here]) => text.replaceAll(there, here), code),
    environment: { STORAGE_EMULATOR_HOST: bucket.endpoint, TICKET: ticket, REDIS_URL: redis?.url ?? '' },
    close: async () => {
      await Promise.all([server.close(), bucket.close(), redis?.close()]);
    },
  };
}

/** A Redis with a password at a port of its own, which would drop rooms when it is full. */
async function startLockedRedis(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const redis = await RedisServer.start();
  const admin = connect(redis.socket);
  for (const setting of [`requirepass ${PASSWORD}`, 'maxmemory-policy allkeys-lru']) {
    admin.write(`CONFIG SET ${setting}\r\n`);
    const [answer] = await once(admin, 'data');
    if (!String(answer).startsWith('+OK')) throw new Error(`Redis refuses ${setting}: ${answer}`);
  }
  admin.destroy();
  const sockets = new Set<Socket>();
  const door = createServer((client) => {
    const inside = connect(redis.socket);
    for (const socket of [client, inside]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client.pipe(inside).pipe(client);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    url: `redis://:${PASSWORD}@127.0.0.1:${(door.address() as AddressInfo).port}`,
    close: async () => {
      door.close();
      for (const socket of sockets) socket.destroy();
      await redis.stop();
    },
  };
}
