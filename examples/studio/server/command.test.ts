import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './command.ts';
import type { RunningStudio } from './studio.ts';

let directory = '';
let printed: string[] = [];
let complaints: string[] = [];
const running: RunningStudio[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-command-'));
  await writeFile(join(directory, 'index.html'), '<div id="root"></div>');
  printed = [];
  complaints = [];
});

afterEach(async () => {
  for (const studio of running.splice(0)) await studio.close({ graceMs: 0 });
  await rm(directory, { recursive: true });
});

async function run(environment: Record<string, string>): Promise<RunningStudio | number> {
  const outcome = await runCommand({
    environment: { PORT: '0', COLLOQUY_DATA: join(directory, 'data'), ...environment },
    assets: directory,
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  });
  if (typeof outcome !== 'number') running.push(outcome);
  return outcome;
}

describe('the command', () => {
  it('serves with nothing set, and says in one line where and with which model', async () => {
    const studio = await run({});
    if (typeof studio === 'number') throw new Error(complaints.join('\n'));
    expect(printed).toEqual([
      expect.stringMatching(/^Knowledge Synthesizer Studio: http:\/\/127\.0\.0\.1:\d+ \(.*emulator.*\)$/),
    ]);
    expect(complaints).toEqual([]);
    expect((await fetch(studio.url)).status).toBe(200);
  });

  it.skipIf(process.platform === 'win32')('keeps its secret where only its owner reads it', async () => {
    await run({});
    expect((await stat(join(directory, 'data/secret'))).mode & 0o777).toBe(0o600);
  });

  it('names the model but never the key', async () => {
    await run({ GEMINI_API_KEY: 'AIza-very-secret' });
    expect(printed[0]).toMatch(/gemini-3\.8-live on the Gemini API/);
    expect([...printed, ...complaints].join()).not.toContain('AIza');
  });

  it('exits with 2 for a value that has to be changed', async () => {
    expect(await run({ PORT: 'eighty' })).toBe(2);
    expect(complaints).toEqual(['PORT is "eighty". Give a whole number from 0 to 65535, such as 8080.']);
  });

  it('exits with 1 when the port is in use, and lets go of its data', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    expect(await run({ PORT: String(port) })).toBe(1);
    expect(complaints).toEqual([
      `PORT is ${port}, which is in use on 127.0.0.1. Stop the other program, or set PORT to another one.`,
    ]);
    other.close();
    expect(await run({})).not.toBe(1);
  });

  it('exits with 1 when another studio uses the data', async () => {
    await run({});
    expect(await run({})).toBe(1);
    expect(complaints[0]).toMatch(
      /^COLLOQUY_DATA is .*data, which another process uses\. Stop that process, or set COLLOQUY_DATA/,
    );
  });

  it.runIf(process.platform === 'linux')('exits with 1 when nothing can be kept in the folder', async () => {
    expect(await run({ COLLOQUY_DATA: '/proc/colloquy' })).toBe(1);
    expect(complaints).toEqual([
      expect.stringMatching(
        /^COLLOQUY_DATA is \/proc\/colloquy, which cannot be used\. Set COLLOQUY_DATA to a folder .*ENOENT/,
      ),
    ]);
  });

  it('exits with 1 for an address of another machine', async () => {
    expect(await run({ HOST: '192.0.2.1' })).toBe(1);
    expect(complaints).toEqual([
      'HOST is 192.0.2.1, which is no address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.',
    ]);
  });

  it('warns when it listens to everybody but only local pages may use it', async () => {
    await run({ HOST: '0.0.0.0' });
    expect(complaints).toEqual([expect.stringMatching(/^HOST is 0\.0\.0\.0, but PUBLIC_ORIGIN is not set/)]);
    expect(printed[0]).toContain('http://127.0.0.1:');
  });
});

describe.skipIf(process.platform === 'win32')('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s stops the studio cleanly', async (signal) => {
    const script = `
      import { runCommand, stopOnSignals } from ${JSON.stringify(new URL('./command.ts', import.meta.url).href)};
      const complain = console.error;
      const onServing = (studio) => stopOnSignals(studio, complain);
      const assets = ${JSON.stringify(directory)};
      await runCommand({ environment: process.env, assets, onServing, print: console.log, complain });`;
    const child = spawn(process.execPath, ['--conditions=mono-source', '--input-type=module', '-e', script], {
      env: { ...process.env, PORT: '0', COLLOQUY_DATA: join(directory, 'data'), NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
