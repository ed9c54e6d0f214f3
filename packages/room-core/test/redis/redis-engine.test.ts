import { DEFAULT_ROOM_CONFIGURATION, type LogEntry, type NewEntry } from '@colloquy/live-protocol';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AppendOptions, RoomEngine, RoomRecord } from '../../src/ports/room-engine.ts';
import { type RedisEngineOptions, redisEngine } from '../../src/redis/redis-engine.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';
import { CutSocket } from './cut-socket.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };

const record: RoomRecord = {
  ...{ id: 'r', name: 'Room', createdAt: 1, closedAt: null, version: 1 },
  status: 'open',
  configuration: DEFAULT_ROOM_CONFIGURATION,
};

describe.skipIf(whyNoRedis !== null)(`redis engine${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  const open = (options: Partial<RedisEngineOptions> = {}): RoomEngine => {
    const engine = redisEngine({ connection: server.connection, ...options });
    onTestFinished(() => engine.close());
    return engine;
  };
  const say = async (engine: RoomEngine, text: string, cid?: string, options?: AppendOptions) =>
    engine.append('r', textEntry(text, cid), options);
  const listen = (engine: RoomEngine) => {
    const heard: LogEntry[] = [];
    engine.subscribe('r', (entry) => heard.push(entry));
    return heard;
  };

  it('RED1 entries of two servers have one sequence, and each hears those of the other once and in order', async () => {
    const [a, b] = [open(), open()];
    await a.rooms.create(record);
    const heard = [listen(a), listen(b)];
    await Promise.all([a.position('r'), b.position('r')]);
    for (let n = 1; n <= 20; n += 1) await say(n % 2 === 0 ? a : b, `text ${n}`);
    const all = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const entries of heard) {
      await vi.waitFor(() => expect(entries.map(({ seq }) => seq)).toEqual(all), 5_000);
    }
    expect(heard[0]).toEqual(await b.read('r', { from: 1, limit: 100 }));
  });

  it('RED2 a message whose answer was lost is stored once, whichever server it is sent to again', async () => {
    const [a, b] = [open(), open()];
    await a.rooms.create(record);
    const results = await Promise.all([a, b, a, b].map((engine) => say(engine, 'once', 'tab:1')));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['appended', 'duplicate', 'duplicate', 'duplicate']);
    expect(await b.position('r')).toMatchObject({ top: 1 });
  });

  it('RED9 what one server takes out is in no key of Redis any more, and the other server reads the entry without it', async () => {
    const [a, b] = [open(), open()];
    await a.rooms.create(record);
    for (const text of ['stays', 'my number is twelve']) await say(a, text);
    const body = { text: '', toModel: false, redacted: true } as const;
    await a.redact?.('r', 2, body);
    expect((await b.read('r', { from: 1, limit: 10 })).map((entry) => entry.body)).toMatchObject([
      { text: 'stays' },
      body,
    ]);
    const raw = new Redis({ path: server.socket });
    onTestFinished(() => raw.disconnect());
    expect(await raw.xrange('colloquy:{r}:log', '-', '+')).toHaveLength(1);
    expect(JSON.stringify(await raw.zrange('colloquy:{r}:redacted', '0', '-1'))).not.toContain('twelve');
    // The number of an entry that is not in the stream is not given again.
    expect(await say(b, 'next')).toMatchObject({ outcome: 'appended', entry: { seq: 3 } });
  });

  it('RED3 after a restart of Redis a room goes on in a new epoch, with everything that was acknowledged (scenario 21)', async () => {
    const engine = open();
    await engine.rooms.create(record);
    await say(engine, 'before', 'tab:1');
    await server.kill('SIGKILL');
    await server.run();
    expect(await say(engine, 'late', 'tab:2', { epoch: 1, minSeq: 1 })).toEqual({ outcome: 'epoch', epoch: 2 });
    expect(await say(engine, 'late', 'tab:2', { epoch: 2, minSeq: 2 })).toMatchObject({
      outcome: 'appended',
      entry: { seq: 3, epoch: 2 },
    });
    expect(await say(engine, 'before', 'tab:1')).toMatchObject({ outcome: 'duplicate' });
    expect(await engine.read('r', { from: 1, limit: 9 })).toMatchObject([
      { seq: 1, epoch: 1, body: { text: 'before' } },
      { seq: 2, epoch: 2, kind: 'log.discontinuity', body: { epoch: 2, after: 1 } },
      { seq: 3, epoch: 2, body: { text: 'late' } },
    ]);
  });

  it('RED3 entries that a restart lost are noticed by whoever writes next, also one who had seen nothing of them (scenario 23)', async () => {
    const [a, b] = [open(), open()];
    await a.rooms.create(record);
    for (const n of [1, 2, 3]) await say(a, `text ${n}`, `tab:${n}`);
    const direct = new Redis({ ...server.connection });
    onTestFinished(() => direct.disconnect());
    // As a copy that was two entries behind when it took over.
    const rows = await direct.xrange('colloquy:{r}:log', 1, 1);
    await direct.del('colloquy:{r}:log');
    for (const [id, fields] of rows) await direct.xadd('colloquy:{r}:log', id, ...fields);
    await direct.hset('colloquy:{r}:room', 'top', 1);
    await direct.hset('colloquy:{r}:clients', '["ana","tab"]', '1:1:1');
    await server.kill('SIGTERM');
    await server.run();
    expect(await say(b, 'new', 'other:1')).toMatchObject({ outcome: 'appended', entry: { seq: 3, epoch: 2 } });
    expect(await say(a, 'text 2', 'tab:2', { epoch: 1, minSeq: 3 })).toEqual({ outcome: 'epoch', epoch: 2 });
    expect(await say(a, 'text 2', 'tab:2', { epoch: 2 })).toMatchObject({ outcome: 'appended', entry: { seq: 4 } });
    expect(await a.position('r')).toMatchObject({
      epochs: [
        { epoch: 1, firstSeq: 1 },
        { epoch: 2, firstSeq: 2 },
      ],
    });
  });

  it('RED4 a subscriber hears the newest entry after a break, so that a gap is seen', async () => {
    const [a, b] = [open(), open()];
    await a.rooms.create(record);
    const heard = listen(b);
    await b.position('r');
    await say(a, 'one');
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5_000);
    const direct = new Redis({ ...server.connection });
    onTestFinished(() => direct.disconnect());
    await direct.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await say(a, 'two');
    await say(a, 'three');
    await vi.waitFor(() => expect(heard.at(-1)?.seq).toBe(3), 5_000);
    // What was written while nobody listened is not there, unless the feed was back before it.
    const seqs = heard.map(({ seq }) => seq);
    expect([
      [1, 3],
      [1, 2, 3],
    ]).toContainEqual(seqs);
  });

  it('RED5 without Redis calls fail as ones that may be repeated, and work again when it is back', async () => {
    const engine = open({ timeoutMs: 300 });
    await engine.rooms.create(record);
    await server.kill('SIGKILL');
    await expect(say(engine, 'x', 'tab:1')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await expect(engine.rooms.get('r')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await server.run();
    await vi.waitFor(() => say(engine, 'x', 'tab:1'), 5_000);
    expect((await engine.read('r', { from: 1, limit: 9 })).filter(({ kind }) => kind === 'msg.text')).toHaveLength(1);
  });

  it('RED10 a connection that goes silent without an end is given up: texts are taken over another one, and those of others heard', async () => {
    const socket = await CutSocket.listen(`${server.socket}-a`, server.socket);
    onTestFinished(() => socket.cut());
    const [a, b] = [open({ connection: { path: socket.path }, timeoutMs: 2_000 }), open()];
    await b.rooms.create(record);
    const heard = listen(a);
    // On a slow machine the time of a call may pass, and its text be there all the same.
    const taken = (text: string, cid: string) =>
      vi.waitFor(async () => expect((await say(a, text, cid)).outcome).toMatch(/^(appended|duplicate)$/), PATIENCE);
    await vi.waitFor(() => a.position('r'), PATIENCE);
    await taken('before', 'tab:1');
    socket.silence();
    await expect(say(a, 'lost', 'tab:2')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await taken('again', 'tab:2');
    await vi.waitFor(async () => {
      // Redis keeps nothing for whoever has not come back yet.
      const { outcome } = await say(b, 'from elsewhere');
      expect(outcome).toBe('appended');
      expect(heard.map((entry) => entry.kind === 'msg.text' && entry.body.text)).toContain('from elsewhere');
    }, PATIENCE);
  }, 90_000);

  it('RED6 a Redis that is full refuses entries, keeps what it has, and goes on when there is room', async () => {
    const engine = open();
    await engine.rooms.create(record);
    await say(engine, 'one', 'tab:1');
    const direct = new Redis({ ...server.connection });
    onTestFinished(() => direct.disconnect());
    await direct.config('SET', 'maxmemory', '1');
    await expect(say(engine, 'two', 'tab:2')).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining('its memory is full'),
    });
    expect(await engine.read('r', { from: 1, limit: 9 })).toHaveLength(1);
    await direct.config('SET', 'maxmemory', '0');
    expect(await say(engine, 'two', 'tab:2')).toMatchObject({ outcome: 'appended', entry: { seq: 2 } });
  });

  it('RED7 warns of settings with which entries may get lost', async () => {
    const direct = new Redis({ ...server.connection });
    onTestFinished(() => direct.disconnect());
    await direct.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await direct.config('SET', 'appendonly', 'no');
    const warnings: string[] = [];
    open({ onWarning: (message) => warnings.push(message) });
    await vi.waitFor(() => expect(warnings).toHaveLength(2), 5_000);
    expect(warnings.join()).toMatch(/noeviction.*appendonly/s);
  });
});

function textEntry(text: string, cid?: string): NewEntry {
  const actor = { participantId: 'ana', name: 'Ana' };
  return { kind: 'msg.text', actor, body: { text, toModel: false }, ...(cid !== undefined && { cid }) };
}
