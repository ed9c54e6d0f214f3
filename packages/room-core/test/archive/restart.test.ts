import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeGcs, startFakeGcs, weather } from '@colloquy/fake-gcs';
import type { LogEntry } from '@colloquy/live-protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AppendResult, LogPosition } from '../../src/index.ts';
import type { Order } from './archive-server.ts';

const program = new URL('./archive-server.ts', import.meta.url).pathname;

let fake: FakeGcs;
const directories: string[] = [];
const servers: Server[] = [];

beforeEach(async () => {
  fake = await startFakeGcs();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.end('SIGKILL');
  await fake.close();
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
});

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A real process with an empty disk, as a platform starts one. */
class Server {
  /** How far each room is stored, as far as it has said. */
  readonly flushed = new Map<string, number>();
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (value: unknown) => void>();
  #orders = 0;

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on('message', (message: { id?: number; value?: unknown; flushed?: { roomId: string; seq: number } }) => {
      if (message.flushed) this.flushed.set(message.flushed.roomId, message.flushed.seq);
      if (message.id !== undefined) this.#answers.get(message.id)?.(message.value);
    });
  }

  static async start(front: Front, closeMs = 30_000): Promise<Server> {
    const disk = front === 'SQLite' ? await mkdtemp(join(tmpdir(), 'colloquy-restart-')) : '';
    if (disk !== '') directories.push(disk);
    const child = spawn(process.execPath, ['--conditions=mono-source', program, fake.endpoint, disk, String(closeMs)], {
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => expect.unreachable('it did not start')),
    ]);
    const server = new Server(child);
    servers.push(server);
    return server;
  }

  ask<T>(order: Without<Order>): Promise<T> {
    this.#orders += 1;
    const id = this.#orders;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve as (value: unknown) => void);
      this.#process.send({ ...order, id });
    });
  }

  write(room: string, n: number): Promise<AppendResult> {
    return this.ask({ do: 'write', room, text: `text ${n}`, cid: `tab:${n}` });
  }

  read(room: string): Promise<{ readonly position: LogPosition; readonly log: readonly LogEntry[] }> {
    return this.ask({ do: 'read', room });
  }

  async stored(room: string, seq: number): Promise<void> {
    await vi.waitFor(() => expect(this.flushed.get(room)).toBeGreaterThanOrEqual(seq), { timeout: 60_000 });
  }

  /** @returns the exit code; `null` where the signal ended it. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return this.#process.exitCode;
    const exited = once(this.#process, 'exit');
    this.#process.kill(signal);
    const [code] = await exited;
    return code as number | null;
  }
}

type Front = 'memory' | 'SQLite';

const words = (log: readonly LogEntry[]) =>
  log.map((entry) => (entry.kind === 'msg.text' ? entry.body.text : entry.kind));
const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index + 1}`);

/** A process takes seconds to start on a busy machine; nothing here measures time. */
const MOST_MS = 120_000;

it.each(['memory', 'SQLite'] as const)(
  'ARCH20 ended by SIGTERM it stores everything, and the next one finds every room, in its epoch (%s)',
  async (front) => {
    const before = await Server.start(front);
    const rooms = await Promise.all(['One', 'Two', 'Three'].map((name) => before.ask<string>({ do: 'create', name })));
    for (const room of rooms) for (let n = 1; n <= 20; n += 1) await before.write(room, n);
    expect(await before.end('SIGTERM')).toBe(0);

    const after = await Server.start(front);
    expect((await after.ask<string[]>({ do: 'list' })).sort()).toEqual([...rooms].sort());
    for (const room of rooms) {
      const { position, log } = await after.read(room);
      expect(position).toMatchObject({ epoch: 1, top: 20 });
      expect(words(log)).toEqual(texts(20));
      expect(await after.write(room, 20)).toMatchObject({ outcome: 'duplicate' });
    }
  },
  MOST_MS,
);

it(
  'ARCH20 killed, it loses nothing that it said was stored, and what it lost is told and can be sent again',
  async () => {
    const before = await Server.start('memory');
    const room = await before.ask<string>({ do: 'create', name: 'Panel' });
    for (let n = 1; n <= 10; n += 1) await before.write(room, n);
    await before.stored(room, 10);
    // The bucket does not answer: what is acknowledged from here on cannot be stored.
    fake.setPlan(() => ({ kind: 'status', status: 503 }));
    for (let n = 11; n <= 15; n += 1) expect(await before.write(room, n)).toMatchObject({ outcome: 'appended' });
    await before.end('SIGKILL');
    fake.setPlan(null);

    const after = await Server.start('memory');
    const { position, log } = await after.read(room);
    expect(position).toMatchObject({ epoch: 2 });
    expect(words(log)).toEqual([...texts(10), 'log.discontinuity']);
    for (let n = 11; n <= 15; n += 1) expect(await after.write(room, n)).toMatchObject({ outcome: 'appended' });
    expect(words((await after.read(room)).log)).toEqual([...texts(10), 'log.discontinuity', ...texts(15).slice(10)]);
  },
  MOST_MS,
);

it(
  'ARCH20 killed in bad weather again and again, it never loses or doubles what it said was stored',
  async () => {
    const seed = Number(process.env.COLLOQUY_SEED ?? 5);
    fake.setPlan(weather(seed, { resetBefore: 0.05, resetAfter: 0.1, unavailable: 0.05 }));
    let room = '';
    let n = 0;
    for (let life = 0; life < 2; life += 1) {
      const server = await Server.start('memory');
      room ||= await server.ask<string>({ do: 'create', name: 'Panel' });
      const known = words((await server.read(room)).log);
      // What the one before had not stored is sent again, as a browser does.
      for (let again = 1; again <= n; again += 1) if (!known.includes(`text ${again}`)) await server.write(room, again);
      for (const end = n + 10; n < end; ) {
        n += 1;
        await server.write(room, n);
      }
      if (life < 1) await server.stored(room, (await server.read(room)).position.top - 10);
      expect(await server.end(life === 1 ? 'SIGTERM' : 'SIGKILL'), `seed ${seed}`).toBe(life === 1 ? 0 : null);
    }
    fake.setPlan(null);
    const { log } = await (await Server.start('memory')).read(room);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(
      words(log).filter((word) => word.startsWith('text')),
      `seed ${seed}`,
    ).toEqual(texts(20));
  },
  MOST_MS,
);

it(
  'ARCH20 ended by SIGTERM while the bucket hangs, it waits no longer than it may',
  async () => {
    const server = await Server.start('memory', 500);
    const room = await server.ask<string>({ do: 'create', name: 'Panel' });
    fake.setPlan(({ operation }) => (operation === 'insert' ? { kind: 'delay', ms: 20_000 } : null));
    await server.write(room, 1);
    expect(await server.end('SIGTERM')).toBe(0);
  },
  MOST_MS,
);
