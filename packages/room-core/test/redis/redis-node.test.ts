import { type ChildProcess, fork } from 'node:child_process';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RoomLease } from '../../src/ports/room-node.ts';
import { type RedisEngineOptions, redisEngine } from '../../src/redis/redis-engine.ts';
import { redisNode } from '../../src/redis/redis-node.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';
import { roomRecord } from '../support/room-record.ts';
import type { HolderSays } from './lease-holder.ts';

describe.skipIf(whyNoRedis !== null)(`redis node${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  const open = (options: Partial<RedisEngineOptions> = {}) => {
    const engine = redisEngine({ connection: server.connection, ...options });
    const node = redisNode({ connection: server.connection, ...options });
    onTestFinished(async () => {
      await node.close();
      await engine.close();
    });
    return { engine, node };
  };

  it('LEASE5 a process that was stopped past the end of its lease writes nothing when it goes on', async () => {
    const { engine, node } = open();
    await engine.rooms.create(roomRecord('r'));
    const holder = new Holder(server);
    onTestFinished(() => holder.end());
    expect(await holder.say('take')).toBe('acquired');
    expect(await holder.say('write')).toBe('appended');
    holder.child.kill('SIGSTOP');
    expect(await node.acquire('r', 60_000)).toMatchObject({ outcome: 'held' });
    const direct = new Redis({ ...server.connection });
    onTestFinished(() => direct.disconnect());
    // Its time is over.
    await direct.pexpire('colloquy:{r}:owner', 0);
    const { lease } = await node.acquire('r', 60_000);
    const answer = holder.say('write');
    holder.child.kill('SIGCONT');
    expect(await answer).toBe('fenced');
    expect((await engine.append('r', entry, { lease })).outcome).toBe('appended');
    expect(await engine.read('r', { from: 1, limit: 9 })).toHaveLength(2);
  });

  it('NODE8 listens again after its connection broke', async () => {
    const [a, b] = [open(), open()];
    const heard: number[] = [];
    b.node.listen((bytes) => heard.push(bytes[0] ?? 0));
    await b.node.listening();
    await server.kill('SIGKILL');
    await server.run();
    let n = 0;
    // What is sent before everybody is back is lost.
    await vi.waitFor(() => {
      n += 1;
      a.node.send(b.node.nodeId, Uint8Array.of(n));
      expect(heard).not.toEqual([]);
    }, 10_000);
  });

  it('NODE10 what a model session is gone on with lies in Redis encrypted, or without a secret not at all', async () => {
    const { engine, node } = open();
    await engine.rooms.create(roomRecord('r'));
    const { connection } = server;
    const [one, same, other] = ['a secret of all servers', 'a secret of all servers', 'another one of someone'].map(
      (secret) => {
        const known = redisNode({ connection, secret });
        onTestFinished(() => known.close());
        return known;
      },
    );
    const direct = new Redis({ ...connection });
    onTestFinished(() => direct.disconnect());
    await node.keep((await node.acquire('r', 60_000)).lease, 'session', 'handle-1');
    expect(await direct.hget('colloquy:{r}:kept', 'session')).toBeNull();
    await direct.del('colloquy:{r}:owner');
    const taken = await one?.acquire('r', 60_000);
    await one?.keep(taken?.lease as RoomLease, 'session', 'handle-1');
    expect(await direct.hget('colloquy:{r}:kept', 'session')).not.toContain('handle');
    expect(await same?.kept('r', 'session')).toBe('handle-1');
    expect([await other?.kept('r', 'session'), await node.kept('r', 'session')]).toEqual([null, null]);
    expect(() => redisNode({ connection, secret: 'short' })).toThrow('at least 16 characters');
  });

  it('NODE9 leases are refused retryably while there is no Redis', async () => {
    const { engine, node } = open({ timeoutMs: 300 });
    await engine.rooms.create(roomRecord('r'));
    const { lease } = await node.acquire('r', 60_000);
    await server.kill('SIGKILL');
    await expect(node.renew(lease, 60_000)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await vi.waitFor(() => expect(node.send(node.nodeId, Uint8Array.of(1))).toBe(false), 5_000);
    await server.run();
    expect(await vi.waitFor(() => node.renew(lease, 60_000), 10_000)).toBe(true);
  });
});

const entry = { kind: 'room.reopened', actor: { participantId: 'room', name: 'Room' }, body: {} } as const;

/** Another process that runs a room. */
class Holder {
  readonly child: ChildProcess;

  constructor(server: RedisServer) {
    this.child = fork(new URL('./lease-holder.ts', import.meta.url), [server.socket], {
      execArgv: ['--conditions=mono-source'],
    });
  }

  say(what: HolderSays): Promise<unknown> {
    const answer = new Promise((resolve) => this.child.once('message', resolve));
    this.child.send(what);
    return answer;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}
