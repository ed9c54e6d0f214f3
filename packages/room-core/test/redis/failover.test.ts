import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RoomEngine } from '../../src/ports/room-engine.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';
import { roomRecord } from '../support/room-record.ts';
import { CutSocket } from './cut-socket.ts';
import { PATIENCE, ServerProcess } from './server-process.ts';

const calls = (...callIds: readonly string[]) => {
  return { type: 'toolCalls', calls: callIds.map((callId) => ({ callId, name: 'pay', args: {} })) } as const;
};

describe.skipIf(whyNoRedis !== null)(`servers that die${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let redis: RedisServer;
  let direct: Redis;
  let engine: RoomEngine;
  beforeEach(async () => {
    redis = await RedisServer.start();
    direct = new Redis({ ...redis.connection });
    direct.on('error', () => {});
    engine = redisEngine({ connection: redis.connection });
    await engine.rooms.create(roomRecord('r'));
  });
  afterEach(async () => {
    direct.disconnect();
    await engine.close();
    await redis.stop();
  });

  /** Three servers with a person each; the first is the one that runs the room. All reach Redis through sockets that may be cut. */
  const start = async () => {
    const names = ['Ana', 'Ben', 'Cleo'];
    const sockets = await Promise.all(names.map((name) => CutSocket.listen(`${redis.socket}-${name}`, redis.socket)));
    onTestFinished(() => Promise.all(sockets.map((socket) => socket.cut())).then(() => {}));
    const servers = names.map((name, index) => new ServerProcess(name, sockets[index]?.path ?? ''));
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.end('SIGKILL')));
    });
    await Promise.all(servers.map((server) => server.up()));
    for (const server of servers) await server.join();
    for (const { sees } of servers) await vi.waitFor(() => expect(sees()).toEqual([...names, 'Model']), PATIENCE);
    // By now a successor can go on with the model session.
    await vi.waitFor(async () => expect(await direct.hexists('colloquy:{r}:kept', 'session')).toBe(1), PATIENCE);
    const holder = (await direct.get('colloquy:{r}:owner'))?.split(' ')[0];
    const owner = servers.find(({ nodeId }) => nodeId === holder) as ServerProcess;
    for (const server of servers) server.forgetModels();
    const [one, other] = servers.filter((server) => server !== owner) as [ServerProcess, ServerProcess];
    const toRedis = (server: ServerProcess) => sockets[servers.indexOf(server)] as CutSocket;
    return { owner, one, other, toRedis };
  };
  const listens = (server: ServerProcess) => vi.waitFor(() => expect(server.model()).toBe('listening'), PATIENCE);
  /** What the first model session of either goes on with. */
  const takenOver = async (...servers: readonly ServerProcess[]) => {
    const models = () => servers.flatMap((server) => server.models());
    await vi.waitFor(() => expect(models()).not.toEqual([]), PATIENCE);
    return models()[0];
  };
  /** Every acknowledged text once, without a gap; and nobody left. */
  const check = async (servers: readonly ServerProcess[]) => {
    const entries = await engine.read('r', { from: 1, limit: 1_000 });
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    const cids = entries.flatMap(({ cid, kind }) => (kind === 'msg.text' ? [cid] : []));
    expect(cids.toSorted()).toEqual(servers.flatMap(({ acked }) => acked()).toSorted());
    expect(entries.filter(({ kind }) => kind === 'participant.removed')).toEqual([]);
    expect(servers.flatMap(({ failures }) => failures())).toEqual([]);
  };

  it('SHARE3 SHARE4 SHARE5 SHARE14 the owner is killed while its model speaks and a tool runs: texts go on, and another server goes on with both (scenario 11, scenario 20)', async () => {
    const { owner, one, other } = await start();
    owner.modelSays(calls('c1'), { type: 'outputTranscript', text: 'The answer is' });
    await vi.waitFor(() => expect(owner.heard('ran')).toMatchObject([{ callId: 'c1' }]), PATIENCE);
    for (const server of [one, other]) {
      await vi.waitFor(() => expect(server.deltas()).toBe('The answer is'), PATIENCE);
      await vi.waitFor(() => expect(server.kinds()).toContain('tool.call'), PATIENCE);
    }
    await owner.end('SIGKILL');
    for (let n = 0; n < 10; n += 1) {
      await one.say(`text ${n}`);
      await other.say(`text ${n}`);
    }
    const resumed = await takenOver(one, other);
    expect(resumed).toBe(`handle of ${owner.nodeId}`);
    for (const server of [one, other]) {
      await listens(server);
      await vi.waitFor(() => expect(server.texts()).toHaveLength(20), PATIENCE);
    }
    const next = one.models().length > 0 ? one : other;
    // The session was gone on with, and what it had asked for was not answered.
    next.modelSays(calls('c1', 'c2'));
    await vi.waitFor(() => expect(next.heard('ran')).not.toEqual([]), PATIENCE);
    expect([one, other].flatMap((server) => server.heard('ran'))).toMatchObject([{ callId: 'c2' }]);
    const entries = await engine.read('r', { from: 1, limit: 1_000 });
    expect(entries.filter(({ kind }) => kind === 'ai.interrupted')).toMatchObject([
      { body: { text: 'The answer is', reason: 'failover' } },
    ]);
    expect(entries.filter(({ kind }) => kind === 'tool.result')).toMatchObject([
      { body: { callId: 'c1', outcome: 'abandoned' } },
    ]);
    await check([one, other]);
  }, 180_000);

  it('SHARE8 a stopped owner steps down when it goes on, and its people go on with the next one (scenario 12)', async () => {
    const { owner, one, other } = await start();
    owner.child.kill('SIGSTOP');
    await takenOver(one, other);
    owner.child.kill('SIGCONT');
    await vi.waitFor(() => expect(owner.heard('model-over')).not.toEqual([]), PATIENCE);
    await vi.waitFor(async () => {
      await owner.say('I am back');
      expect(owner.model()).toBe('listening');
    }, PATIENCE);
    await vi.waitFor(() => expect(one.sees()).toEqual(['Ana', 'Ben', 'Cleo', 'Model']), PATIENCE);
    await check([owner, one, other]);
  }, 180_000);

  it('SHARE8 an owner whose event loop stands still steps down when it goes on (scenario 14)', async () => {
    const { owner, one, other } = await start();
    const goOn = join(redis.directory, 'go-on');
    owner.block(goOn);
    await takenOver(one, other);
    await writeFile(goOn, '');
    await vi.waitFor(() => expect(owner.heard('model-over')).not.toEqual([]), PATIENCE);
    await vi.waitFor(async () => {
      await owner.say('Where was I?');
      expect(owner.model()).toBe('listening');
    }, PATIENCE);
    await check([owner, one, other]);
  }, 180_000);

  it('SHARE7 a server that is told to stop hands its room over, and ends (scenario 13)', async () => {
    const { owner, one, other } = await start();
    expect(await owner.end('SIGTERM')).toBe(0);
    expect(owner.heard('closed').map(({ code }) => code)).toEqual([4503]);
    await takenOver(one, other);
    for (const server of [one, other]) await listens(server);
    await one.say('And on');
    await check([one, other]);
  }, 180_000);

  it('SHARE6 a killed server has its people away, and nobody leaves by that (scenario 9)', async () => {
    const { owner, one, other } = await start();
    const { name: gone } = one;
    await one.end('SIGKILL');
    for (const server of [owner, other]) await vi.waitFor(() => expect(server.away()).toEqual([gone]), PATIENCE);
    await owner.say('Where are you?');
    await vi.waitFor(() => expect(other.texts()).toEqual(['Where are you?']), PATIENCE);
    expect([owner.model(), other.model()]).toEqual(['listening', 'listening']);
    await check([owner, other]);
  }, 180_000);

  it('SHARE10 a server that was stopped for so long that its people are away has them back as they were, without ghosts (scenario 10)', async () => {
    const { owner, one, other } = await start();
    const { name: gone } = one;
    one.child.kill('SIGSTOP');
    await vi.waitFor(() => expect(other.away()).toEqual([gone]), PATIENCE);
    await other.say('Where are you?');
    one.child.kill('SIGCONT');
    for (const server of [owner, one, other]) {
      await vi.waitFor(
        () => expect([server.sees(), server.away()]).toEqual([['Ana', 'Ben', 'Cleo', 'Model'], []]),
        PATIENCE,
      );
    }
    await one.say('Here');
    for (const server of [owner, one, other]) {
      await vi.waitFor(() => expect(server.texts()).toEqual(['Where are you?', 'Here']), PATIENCE);
    }
    await check([owner, one, other]);
  }, 180_000);

  it('SHARE8 an owner that loses Redis alone ends its model session, its people are refused retryably, and all is well when it has Redis again (scenario 15)', async () => {
    const { owner, one, other, toRedis } = await start();
    await toRedis(owner).cut();
    await owner.sayInVain('Is anybody there?', async () => {
      await vi.waitFor(() => expect(owner.heard('model-over')).not.toEqual([]), PATIENCE);
      expect(await takenOver(one, other)).toBe(`handle of ${owner.nodeId}`);
      for (const server of [one, other]) await listens(server);
      await one.say('We are');
      await toRedis(owner).mend();
    });
    for (const server of [owner, one, other]) {
      await vi.waitFor(() => expect(server.texts()).toEqual(['We are', 'Is anybody there?']), PATIENCE);
      await vi.waitFor(
        () => expect([server.sees(), server.away()]).toEqual([['Ana', 'Ben', 'Cleo', 'Model'], []]),
        PATIENCE,
      );
      await listens(server);
    }
    await check([owner, one, other]);
  }, 180_000);

  it('SHARE8 LEASE4 a server without the lease that loses Redis keeps its people, who are refused retryably and have all of it afterwards; wall clocks an hour off change nothing (scenario 41, scenario 42)', async () => {
    const { owner, one, other, toRedis } = await start();
    const lease = await direct.get('colloquy:{r}:owner');
    await owner.say('Before');
    await vi.waitFor(() => expect(one.texts()).toEqual(['Before']), PATIENCE);
    owner.jump(3_600_000);
    other.jump(-3_600_000);
    await toRedis(one).cut();
    await one.sayInVain('Does anybody hear me?', async () => {
      // By now every lease is over that was not renewed.
      await vi.waitFor(() => expect(other.away()).toEqual([one.name]), PATIENCE);
      await owner.say('An hour later');
      await other.say('An hour earlier');
      expect([one.texts(), one.heard('closed')]).toEqual([['Before'], []]);
      await toRedis(one).mend();
    });
    for (const server of [owner, one, other]) {
      const texts = ['Before', 'An hour later', 'An hour earlier', 'Does anybody hear me?'];
      await vi.waitFor(() => expect(server.texts()).toEqual(texts), PATIENCE);
      await vi.waitFor(
        () => expect([server.sees(), server.away()]).toEqual([['Ana', 'Ben', 'Cleo', 'Model'], []]),
        PATIENCE,
      );
      await listens(server);
    }
    expect(await direct.get('colloquy:{r}:owner')).toBe(lease);
    expect([owner, one, other].flatMap((server) => server.models())).toEqual([]);
    await check([owner, one, other]);
  }, 180_000);
});
