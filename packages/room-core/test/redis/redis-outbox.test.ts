import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisOutbox } from '../../src/redis/redis-outbox.ts';
import { RedisServer, whyNoRedis } from '../support/redis-server.ts';

const PATIENCE = { timeout: 15_000, interval: 10 };
const CHUNK = 65_536;
/** So many chunks are on their way at once; what comes then waits. */
const UNDER_WAY = 4;
/** So many wait. */
const WAITING = 128;
/** So many of them with sound or pictures. */
const LOSSY = 16;

describe.skipIf(whyNoRedis !== null)(`redis outbox${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let server: RedisServer;
  let outbox: RedisOutbox;
  let arrived: number[];
  beforeEach(async () => {
    server = await RedisServer.start();
    outbox = new RedisOutbox({ connection: server.connection, timeoutMs: 5_000 });
    arrived = [];
    const reader = new Redis({ ...server.connection });
    reader.on('error', () => {});
    onTestFinished(() => reader.disconnect());
    reader.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => arrived.push(bytes.readUInt32BE()));
    await reader.subscribe('box');
    await outbox.ready();
  });
  afterEach(async () => {
    outbox.close();
    await server.stop();
  });

  /** Nothing leaves before the caller lets go of the thread: what is sent in one turn waits. */
  const send = (n: number, mayBeLost = false, length = CHUNK): boolean => {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setUint32(0, n);
    return outbox.send('box', bytes, mayBeLost);
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

  it('NODE11 takes 8 MiB that wait, not a byte more, and goes on when they have left', async () => {
    const room = UNDER_WAY + WAITING;
    expect(upTo(room).map((n) => send(n))).not.toContain(false);
    expect(send(room, false, 4)).toBe(false);
    expect(send(room, true, 4)).toBe(false);
    await vi.waitFor(() => expect(arrived).toEqual(upTo(room)), PATIENCE);
    expect(send(room)).toBe(true);
    await vi.waitFor(() => expect(arrived).toHaveLength(room + 1), PATIENCE);
  });

  it('NODE11 keeps the newest mebibyte of sound and pictures, and all of the rest in its order', async () => {
    const lossy = LOSSY + 3;
    // Texts between them are not counted with them.
    for (let n = 0; n < UNDER_WAY; n += 1) send(n);
    for (let n = 0; n < lossy; n += 1) {
      expect(send(1_000 + n, true)).toBe(true);
      expect(send(2_000 + n, false, 4)).toBe(true);
    }
    await vi.waitFor(() => expect(arrived.at(-1)).toBe(2_000 + lossy - 1), PATIENCE);
    expect(arrived.filter((n) => n >= 2_000)).toEqual(upTo(lossy).map((n) => 2_000 + n));
    expect(arrived.filter((n) => n >= 1_000 && n < 2_000)).toEqual(upTo(LOSSY).map((n) => 1_000 + n + 3));
  });

  it('NODE11 drops nothing at the limit itself, and one picture larger than it', async () => {
    for (let n = 0; n < UNDER_WAY; n += 1) send(n);
    for (let n = 0; n < LOSSY; n += 1) send(1_000 + n, true);
    await vi.waitFor(() => expect(arrived).toHaveLength(UNDER_WAY + LOSSY), PATIENCE);
    for (let n = 0; n < UNDER_WAY; n += 1) send(n);
    send(3_000, true, LOSSY * CHUNK + 1);
    send(4_000);
    await vi.waitFor(() => expect(arrived.at(-1)).toBe(4_000), PATIENCE);
    expect(arrived).not.toContain(3_000);
  });

  it('NODE11 forgets what waits when the connection is gone, and takes nothing before the next one', async () => {
    for (let n = 0; n < UNDER_WAY + 2; n += 1) send(n);
    await server.kill('SIGKILL');
    await vi.waitFor(() => expect(send(100)).toBe(false), PATIENCE);
    await server.run();
    await vi.waitFor(() => expect(send(200)).toBe(true), PATIENCE);
    outbox.close();
    expect(send(300)).toBe(false);
  });
});
