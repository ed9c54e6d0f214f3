import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@colloquy/live-protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';

const serverPath = new URL('./sqlite-room-server.ts', import.meta.url).pathname;
/** `prlimit` of util-linux, without which this fails, takes from a running process and gives back how far its files may grow. */
const hasLimits = process.platform === 'linux';

let directory: string;
let server: ChildProcess;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'room-full-'));
  server = spawn(process.execPath, ['--conditions=mono-source', serverPath, directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(server, 'message');
});
afterEach(async () => {
  server.kill('SIGKILL');
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  await rm(directory, { recursive: true });
});

async function ask<T>(message: object): Promise<T> {
  server.send(message);
  const [answer] = await once(server, 'message');
  return answer as T;
}

const say = (n: number) => ask<{ type: string; code?: string; retryable?: boolean }>({ say: { n, text: words(n) } });
const words = (n: number) => `${n} ${'x'.repeat(8_000)}`;
const texts = async () => {
  const { entries } = await ask<{ entries: readonly LogEntry[] }>({ read: true });
  return entries.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
};
const limit = (bytes: string) => execFileSync('prlimit', [`--pid=${server.pid}`, `--fsize=${bytes}:unlimited`]);

it.runIf(hasLimits)(
  'scenario 35: SQL11 TEXT8 files that cannot grow refuse texts retryably, can be read, and take the same text once they can grow again',
  async () => {
    expect(await say(1)).toMatchObject({ type: 'ack' });
    const { size } = await stat(join(directory, 'rooms.sqlite-wal'));
    limit(String(size + 100_000));
    let full = 2;
    let answer = await say(full);
    while (answer.type === 'ack' && full < 200) {
      full += 1;
      answer = await say(full);
    }
    expect(answer).toMatchObject({ type: 'nack', code: 'ERR_STORE_UNAVAILABLE', retryable: true });
    expect(full).toBeGreaterThan(2);
    expect(await say(full)).toMatchObject({ type: 'nack', retryable: true });
    const before = Array.from({ length: full - 1 }, (_, index) => words(index + 1));
    expect(await texts()).toEqual(before);
    limit('unlimited');
    expect(await say(full)).toMatchObject({ type: 'ack' });
    expect(await say(full + 1)).toMatchObject({ type: 'ack' });
    expect(await texts()).toEqual([...before, words(full), words(full + 1)]);
  },
);
