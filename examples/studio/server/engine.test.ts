import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakeGcs } from '@colloquy/fake-gcs';
import { ROOM_SUBPROTOCOL, type RoomServerMessage } from '@colloquy/live-protocol';
import { expect, it, onTestFinished } from 'vitest';
import { RedisServer, whyNoRedis } from '../../../packages/room-core/test/support/redis-server.ts';
import { runCommand } from './command.ts';
import { openEngine } from './engine.ts';
import { type StudioOptions, startStudio } from './studio.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'studio-store-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function builtAssets(): Promise<string> {
  const path = await folder();
  await writeFile(join(path, 'index.html'), '<div id="root"></div>');
  return path;
}

it('finds every room again after a restart on another machine, from the bucket alone', async () => {
  const fake = await startFakeGcs();
  onTestFinished(() => fake.close());
  const store = { bucket: 'bucket', prefix: 'studio/', apiEndpoint: fake.endpoint };
  const assets = await builtAssets();
  const options: StudioOptions = { port: 0, assets, store, emulator: { voice: 'synthetic' } };
  const before = await startStudio({ ...options, dataDirectory: await folder() });
  const room = await before.manager.create({ name: 'Panel' });
  await before.manager.create({ name: 'Another' });
  await before.manager.close(room.id, { reason: 'the day is over' });
  await before.close({ graceMs: 0 });

  const after = await startStudio({ ...options, dataDirectory: await folder() });
  onTestFinished(() => after.close({ graceMs: 0 }));
  const { rooms } = await after.manager.list();
  expect(rooms.map(({ name, status }) => [name, status])).toEqual([
    ['Another', 'open'],
    ['Panel', 'closed'],
  ]);
  const { entries } = await after.manager.history(room.id);
  expect(entries.at(-1)).toMatchObject({ kind: 'room.closed', body: { reason: 'the day is over' } });
});

it('says which bucket cannot be used, and what to check', async () => {
  const fake = await startFakeGcs({ buckets: [] });
  onTestFinished(() => fake.close());
  const said: string[] = [];
  const outcome = await runCommand({
    environment: {
      PORT: '0',
      COLLOQUY_DATA: await folder(),
      COLLOQUY_STORE: 'gcs://my-rooms/studio',
      GCS_API_ENDPOINT: fake.endpoint,
    },
    assets: await builtAssets(),
    print: (line) => said.push(line),
    complain: (line) => said.push(line),
  });
  expect(outcome).toBe(1);
  expect(said.join()).toMatch(
    /COLLOQUY_STORE is gcs:\/\/my-rooms\/studio\/, which cannot be used. Check that the bucket/,
  );
});

it('keeps a folder alone where no bucket is set', async () => {
  const dataDirectory = await folder();
  const engine = openEngine({ dataDirectory, store: null, redis: null, logger: {} });
  expect(engine.search).toBeTypeOf('function');
  await engine.close();
});

it.skipIf(whyNoRedis !== null)('shares rooms with other studios in Redis', async () => {
  const server = await RedisServer.start();
  onTestFinished(() => server.stop());
  const options: StudioOptions = {
    ...{ port: 0, assets: await builtAssets(), dataDirectory: ':memory:' },
    emulator: { voice: 'synthetic' },
    redis: server.socket,
    secret: 's'.repeat(32),
  };
  const studios = await Promise.all([startStudio(options), startStudio(options)]);
  onTestFinished(async () => {
    await Promise.all(studios.map((studio) => studio.close({ graceMs: 0 })));
  });
  const [one, other] = studios;
  const room = await one.manager.create({ name: 'Panel' });
  expect(await other.manager.get(room.id)).toEqual(room);
});

it.each([false, true])('says that the Redis cannot be used (with a bucket: %s)', async (hasBucket) => {
  const fake = await startFakeGcs();
  onTestFinished(() => fake.close());
  const said: string[] = [];
  const outcome = await runCommand({
    environment: {
      ...(hasBucket && { COLLOQUY_STORE: 'gcs://bucket/studio', GCS_API_ENDPOINT: fake.endpoint }),
      PORT: '0',
      COLLOQUY_DATA: ':memory:',
      COLLOQUY_ENGINE: 'redis://:hunter2@127.0.0.1:1',
      COLLOQUY_SECRET: 's'.repeat(32),
    },
    assets: await builtAssets(),
    print: (line) => said.push(line),
    complain: (line) => said.push(line),
  });
  expect(outcome).toBe(1);
  expect(said.join()).toMatch(/COLLOQUY_ENGINE is a Redis that cannot be used/);
  expect(said.join()).not.toContain('hunter2');
});

it.skipIf(whyNoRedis !== null)(
  'has its rooms from the bucket when the Redis of several studios lost everything',
  async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.stop());
    const fake = await startFakeGcs();
    onTestFinished(() => fake.close());
    const options: StudioOptions = {
      ...{ port: 0, assets: await builtAssets(), dataDirectory: ':memory:' },
      emulator: { voice: 'synthetic' },
      redis: server.socket,
      store: { bucket: 'bucket', prefix: 'studio/', apiEndpoint: fake.endpoint },
      secret: 's'.repeat(32),
    };
    const [one, two] = await Promise.all([startStudio(options), startStudio(options)]);
    const room = await one.manager.create({ name: 'Panel' });
    await two.manager.close(room.id, { reason: 'the day is over' });
    await Promise.all([one, two].map((studio) => studio.close({ graceMs: 0 })));
    await server.kill('SIGKILL');
    await rm(join(server.directory, 'appendonlydir'), { recursive: true });
    await server.run();

    const after = await startStudio(options);
    onTestFinished(() => after.close({ graceMs: 0 }));
    expect((await after.manager.list()).rooms.map(({ name, status }) => [name, status])).toEqual([['Panel', 'closed']]);
    const { entries } = await after.manager.history(room.id);
    expect(entries).toMatchObject([{ kind: 'room.closed', epoch: 1, body: { reason: 'the day is over' } }]);
  },
);

async function introduce(url: string, name: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/api/session`, { method: 'POST', headers, body: JSON.stringify({ name }) });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

function enter(url: string, roomId: string, cookie: string) {
  const clientId = crypto.randomUUID();
  const received: RoomServerMessage[] = [];
  const arrivals = new EventTarget();
  // Node's WebSocket takes headers; the type of browsers does not know them.
  const options = { protocols: [ROOM_SUBPROTOCOL], headers: { cookie } } as unknown as string[];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/rooms/${roomId}`, options);
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'hello', v: 1, clientId })));
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string') return;
    received.push(JSON.parse(data) as RoomServerMessage);
    arrivals.dispatchEvent(new Event('arrived'));
  });
  const until = async (isWanted: (message: RoomServerMessage) => boolean): Promise<void> => {
    while (!received.some(isWanted)) await once(arrivals, 'arrived');
  };
  return { clientId, socket, until };
}

it.skipIf(whyNoRedis !== null)(
  'has people at two studios in one room, with one model, and one that is told to stop hands it over before they go',
  async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.stop());
    const assets = await builtAssets();
    const shared = { assets, redis: server.socket, secret: 's'.repeat(40), emulator: { voice: 'synthetic' } } as const;
    const start = async () => startStudio({ ...shared, port: 0, dataDirectory: await folder() });
    const [one, two] = await Promise.all([start(), start()]);
    onTestFinished(async () => {
      await Promise.all([one, two].map((studio) => studio.close({ graceMs: 0 })));
    });
    const { id } = await one.manager.create({ name: 'Panel' });
    const cookie = await introduce(one.url, 'Ana');
    // Both believe a cookie that one of them has signed.
    expect((await fetch(`${two.url}/api/rooms/${id}`, { headers: { cookie } })).status).toBe(200);

    const ana = enter(one.url, id, cookie);
    await ana.until((message) => message.type === 'welcome');
    const ben = enter(two.url, id, await introduce(two.url, 'Ben'));
    await ben.until((message) => message.type === 'welcome');
    await ana.until((message) => JSON.stringify(message).includes('"name":"Ben"'));
    ben.socket.send(
      JSON.stringify({
        type: 'pub',
        cid: `${ben.clientId}:1`,
        kind: 'msg.text',
        body: { text: 'Hello', toModel: true },
      }),
    );
    for (const { until } of [ana, ben]) {
      await until((message) => message.type === 'entries' && message.entries.some(({ kind }) => kind === 'ai.message'));
    }
    expect([one, two].flatMap(({ emulator }) => emulator?.sessions() ?? [])).toHaveLength(1);

    const taken = new Promise<void>((resolve) => {
      two.manager.on('measured', ({ measurement }) => measurement.type === 'lease' && resolve());
    });
    const closed = one.close({ graceMs: 600_000 });
    await taken;
    expect(ana.socket.readyState).toBe(WebSocket.OPEN);
    for (const { socket } of [ana, ben]) socket.close();
    await closed;
  },
);
