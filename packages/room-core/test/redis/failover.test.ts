import { type ChildProcess, fork } from 'node:child_process';
import type { RoomServerMessage } from '@colloquy/live-protocol';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RoomEngine } from '../../src/ports/room-engine.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';
import { roomRecord } from '../support/room-record.ts';
import type { FromServer, ToServer } from './room-server.ts';

/** How long anything may take on a machine that does much else. */
const PATIENCE = { timeout: 60_000, interval: 50 };

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

  /** Three servers with a person each; the first is the one that runs the room. */
  const start = async () => {
    const names = ['Ana', 'Ben', 'Cleo'];
    const servers = names.map((name) => new Server(name, redis));
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.end('SIGKILL')));
    });
    await Promise.all(servers.map((server) => server.up()));
    for (const server of servers) await server.join();
    for (const { sees } of servers) await vi.waitFor(() => expect(sees()).toEqual([...names, 'Model']), PATIENCE);
    // By now a successor can go on with the model session.
    await vi.waitFor(async () => expect(await direct.hexists('colloquy:{r}:kept', 'session')).toBe(1), PATIENCE);
    const holder = (await direct.get('colloquy:{r}:owner'))?.split(' ')[0];
    const owner = servers.find(({ nodeId }) => nodeId === holder) as Server;
    for (const server of servers) server.forgetModels();
    const [one, other] = servers.filter((server) => server !== owner) as [Server, Server];
    return { owner, one, other };
  };
  const listens = (server: Server) => vi.waitFor(() => expect(server.model()).toBe('listening'), PATIENCE);
  /** What the first model session of either goes on with. */
  const takenOver = async (...servers: readonly Server[]) => {
    const models = () => servers.flatMap((server) => server.models());
    await vi.waitFor(() => expect(models()).not.toEqual([]), PATIENCE);
    return models()[0];
  };
  /** Every acknowledged text once, without a gap; and nobody left. */
  const check = async (servers: readonly Server[]) => {
    const entries = await engine.read('r', { from: 1, limit: 1_000 });
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    const cids = entries.flatMap(({ cid, kind }) => (kind === 'msg.text' ? [cid] : []));
    expect(cids.toSorted()).toEqual(servers.flatMap(({ acked }) => acked()).toSorted());
    expect(entries.filter(({ kind }) => kind === 'participant.removed')).toEqual([]);
    expect(servers.flatMap(({ failures }) => failures())).toEqual([]);
  };

  it('SHARE3 SHARE4 the owner is killed: texts go on, and another server goes on with the model (scenario 11)', async () => {
    const { owner, one, other } = await start();
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

  it('SHARE7 a server that is told to stop hands its room over, and ends (scenario 13)', async () => {
    const { owner, one, other } = await start();
    expect(await owner.end('SIGTERM')).toBe(0);
    expect(owner.heard('closed').map(({ code }) => code)).toEqual([4503]);
    await takenOver(one, other);
    for (const server of [one, other]) await listens(server);
    await one.say('And on');
    await check([one, other]);
  }, 180_000);
});

/** A process with one person. */
class Server {
  readonly child: ChildProcess;
  readonly #name: string;
  readonly #heard: FromServer[] = [];
  #n = 0;
  #forgotten = 0;
  nodeId = '';

  constructor(name: string, redis: RedisServer) {
    this.#name = name;
    const file = new URL('./room-server.ts', import.meta.url);
    this.child = fork(file, [redis.socket], { execArgv: ['--conditions=mono-source'] });
    this.child.on('message', (what: FromServer) => this.#heard.push(what));
  }

  async up(): Promise<void> {
    await vi.waitFor(() => expect(this.heard('up')).toHaveLength(1), PATIENCE);
    this.nodeId = this.heard('up')[0]?.nodeId ?? '';
  }

  async join(): Promise<void> {
    this.#tell({ t: 'join', name: this.#name, roomId: 'r' });
    await vi.waitFor(() => expect(this.#told('welcome')).toHaveLength(1), PATIENCE);
  }

  /** Resolves when it is stored. */
  async say(text: string): Promise<void> {
    this.#n += 1;
    const cid = `tab-${this.#name.toLowerCase()}:${this.#n}`;
    const message = { type: 'pub', cid, kind: 'msg.text', body: { text, toModel: false } } as const;
    this.#tell({ t: 'say', name: this.#name, message });
    await vi.waitFor(() => expect(this.acked()).toContain(cid), PATIENCE);
  }

  heard<T extends FromServer['t']>(t: T): readonly Extract<FromServer, { readonly t: T }>[] {
    return this.#heard.filter((what) => what.t === t) as Extract<FromServer, { readonly t: T }>[];
  }

  readonly acked = () => this.#told('ack').map(({ cid }) => cid);

  readonly failures = () => this.heard('failed').map(({ error }) => error);

  /** What its model sessions went on with. */
  models(): readonly (string | null)[] {
    return this.heard('model')
      .slice(this.#forgotten)
      .map(({ resume }) => resume);
  }

  /** Those of before do not count. */
  forgetModels(): void {
    this.#forgotten = this.heard('model').length;
  }

  /** What its person is told of the model. */
  model(): string | undefined {
    return (this.#told('model').at(-1)?.model ?? this.#told('welcome').at(-1)?.model)?.status;
  }

  texts(): readonly string[] {
    const entries = this.#told('entries').flatMap((message) => message.entries);
    return entries.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
  }

  readonly sees = (): readonly string[] => {
    const people = new Map(
      this.#told('welcome')
        .at(-1)
        ?.participants.map((one) => [one.participantId, one.name]),
    );
    for (const { changed, removed } of this.#told('presence')) {
      for (const { participantId, name } of changed) people.set(participantId, name);
      for (const participantId of removed) people.delete(participantId);
    }
    return [...people.values()].toSorted();
  };

  /** @returns its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    return ended;
  }

  #tell(what: ToServer): void {
    this.child.send(what);
  }

  #told<T extends RoomServerMessage['type']>(type: T): readonly Extract<RoomServerMessage, { readonly type: T }>[] {
    const told = this.heard('told').map(({ message }) => message);
    return told.filter((message) => message.type === type) as Extract<RoomServerMessage, { readonly type: T }>[];
  }
}
