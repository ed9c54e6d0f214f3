import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Changes } from './support/changes.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { refusalOf, TestClient } from './support/test-client.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const children: ChildProcess[] = [];
let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await upstream.close();
});

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--conditions=mono-source', '--no-warnings', cli, ...args]);
  children.push(child);
  const changes = new Changes();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      changes.notify();
    });
  }
  const exited = once(child, 'close').then(([code]) => ({ code: code as number, output }));
  exited.then(() => changes.notify());
  return {
    child,
    exited,
    /** Resolves with what the pattern captured in the output. */
    printed: (pattern: RegExp) =>
      changes.until(() => {
        const found = pattern.exec(output)?.[1];
        if (found === undefined && child.exitCode !== null) throw new Error(`exited early: ${output}`);
        return found;
      }),
  };
}

test('serves Gemini’s wire at the root and ends on SIGTERM', async () => {
  const { child, exited, printed } = start('--upstream', upstream.url, '--port', '0', '--insecure');
  const url = (await printed(/live-proxy (http:\/\/127\.0\.0\.1:\d+\/) -> endpoint ws:/)).replace('http', 'ws');
  const client = await TestClient.openSession(url);
  expect(client.received[0]?.data.toString()).toBe('{"setupComplete":{}}');
  await printed(/(reached endpoint .* for models\/gemini-3\.8-live)/);
  child.kill('SIGTERM');
  expect((await client.closed).code).toBe(4503);
  expect((await exited).code).toBe(0);
});

test('a name that was made to point to this machine is refused', async () => {
  const { printed } = start('--upstream', upstream.url, '--port', '0', '--insecure');
  const url = (await printed(/live-proxy (\S+)/)).replace('http', 'ws');
  const rebound = await refusalOf(url, { headers: { host: 'evil.example' }, origin: 'http://evil.example' });
  expect(rebound.status).toBe(403);
  expect((await refusalOf(url, { origin: 'http://localhost:5173' })).status).toBe(403);
});

test('pages are admitted by name', async () => {
  const origin = 'http://localhost:5173';
  const { printed } = start('--upstream', upstream.url, '--port', '0', '--insecure', '--allow-origin', origin);
  const url = (await printed(/live-proxy (\S+)/)).replace('http', 'ws');
  expect((await TestClient.open(url, { origin })).socket.readyState).toBe(1);
});

test.each([
  [['--port', '1'], /--upstream is missing/],
  [['--upstream', 'ws://h', '--port', '0'], /add --insecure/],
  [['--upstream', 'ftp://h', '--port', '0', '--insecure'], /--upstream: endpoint: url is not a WebSocket URL/],
  [['--upstream', 'ws://h', '--port', '0', '--insecure', '--host', '0.0.0.0'], /--host "0\.0\.0\.0"/],
  [
    ['--upstream', 'ws://h', '--port', '0', '--insecure', '--allow-origin', 'x'],
    /--allow-origin: .*"x" is not an origin/,
  ],
])('wrong usage exits with 2 and says what to write: %j', async (args, message) => {
  const { code, output } = await start(...args).exited;
  expect(code).toBe(2);
  expect(output).toMatch(message);
  expect(output).toContain('See live-proxy --help.');
  expect(output).not.toMatch(/\n\s+at /);
});

test('a port that is taken exits with 1 and says what to do', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = String((taken.address() as AddressInfo).port);
  const { code, output } = await start('--upstream', upstream.url, '--port', port, '--insecure').exited;
  taken.close();
  expect(code).toBe(1);
  expect(output).toMatch(/EADDRINUSE.*choose another --port/);
});

test('help is printed and exits with 0', async () => {
  const { code, output } = await start('--help').exited;
  expect(code).toBe(0);
  expect(output).toMatch(/^Usage: live-proxy --upstream URL/);
});
