import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScriptedUpstream, type UpstreamConnection } from './support/scripted-upstream.ts';
import { TestClient } from './support/test-client.ts';

const script = fileURLToPath(new URL('./slow-client-server.ts', import.meta.url));
const messageCount = 300;
const messageBytes = 80_000;
const mebibyte = 1024 * 1024;

let upstream: ScriptedUpstream;
let child: ChildProcess;
beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  child.kill('SIGKILL');
  await upstream.close();
});

async function startServer(maxBufferedBytes: number): Promise<string> {
  child = fork(script, [upstream.url, String(maxBufferedBytes)], {
    execArgv: ['--conditions=mono-source', '--no-warnings', '--expose-gc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return `ws://127.0.0.1:${port}/live`;
}

/** `held`: the bytes of all buffers in the process; `buffered`: the proxy's own count of what waits for its slowest client. */
async function ask(wanted: 'held' | 'buffered'): Promise<number> {
  child.send(wanted);
  const [bytes] = (await once(child, 'message')) as [number];
  return bytes;
}

/** V8 frees buffers on another thread, some time after a collection: what is really held is the least of several counts. */
async function held(): Promise<number> {
  return Math.min(await ask('held'), await ask('held'), await ask('held'));
}

async function openSession(url: string, id: string): Promise<{ client: TestClient; connection: UpstreamConnection }> {
  const client = await TestClient.open(url, { headers: { authorization: `Bearer ${id}` } });
  client.send({ setup: { model: 'models/gemini-3.8-live' } });
  await client.message(0);
  return { client, connection: await upstream.connection(upstream.connections.length - 1) };
}

/** What the process holds more while 300 messages of 80 kB wait for a client that does not read. */
async function growth(
  maxBufferedBytes: number,
  isSettled: (buffered: number, waiting: number) => boolean,
): Promise<number> {
  const url = await startServer(maxBufferedBytes);
  const other = await openSession(url, 'ben');
  const { client: stuck, connection } = await openSession(url, 'stuck');
  const before = await held();
  stuck.socket.pause();
  const message = Buffer.alloc(messageBytes, 7);
  for (let index = 0; index < messageCount; index += 1) connection.socket.send(message);

  // Ten rounds after it has settled, each with a message through the proxy, so that what could still come in has come.
  for (let round = 1, settled = 0; settled < 10; round += 1) {
    other.connection.socket.send(String(round));
    await other.client.message(round);
    settled = isSettled(await ask('buffered'), connection.socket.bufferedAmount) ? settled + 1 : 0;
  }
  const bytes = (await held()) - before;
  expect(stuck.socket.readyState).toBe(stuck.socket.OPEN);
  return bytes;
}

test('300 messages of 80 kB for a client that does not read: the process holds what the limit allows, and little more', async () => {
  const bytes = await growth(mebibyte, (buffered, waiting) => buffered > mebibyte && waiting > messageBytes);
  // One message that is being read and one read of the socket come on top of the limit; the rest is room for Node's own.
  expect(bytes).toBeLessThan(3 * mebibyte);
});

test('the measure sees what is held: with a limit above all of it, the process takes it in', async () => {
  const bytes = await growth(64 * mebibyte, (_, waiting) => waiting === 0);
  // 24 MB less what the sockets of the system take.
  expect(bytes).toBeGreaterThan(10 * mebibyte);
});
