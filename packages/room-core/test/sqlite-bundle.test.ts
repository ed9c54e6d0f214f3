import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('SQL6 THREAD7 the published bundle starts its workers, as the sources do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'room-bundle-'));
  const out = join(directory, 'dist');
  const packageRoot = fileURLToPath(new URL('..', import.meta.url));
  const bundler = createRequire(import.meta.url).resolve('tsup/dist/cli-default.js');
  await run([bundler, '--out-dir', out, '--no-dts', '--silent'], packageRoot);
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await writeFile(join(directory, 'app.js'), app);

  expect(await run(['app.js', join(directory, 'data')], directory)).toBe('appended 1 hello frame 320\n');

  await rm(directory, { recursive: true });
}, 60_000);

/** Runs Node and returns what it printed. */
async function run(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}${errors}`);
  return output;
}

const app = `
import { threadMixers } from './dist/mixer-thread.js';
import { sqliteEngine } from './dist/sqlite.js';
const engine = sqliteEngine({ directory: process.argv[2] });
await engine.rooms.create({ id: 'r', name: 'R', status: 'open', createdAt: 1, closedAt: null, version: 1, configuration: {} });
const actor = { participantId: 'ana', name: 'Ana' };
const { outcome } = await engine.append('r', { kind: 'msg.text', actor, body: { text: 'hello', toModel: false } });
const [entry] = await engine.read('r', { from: 1, limit: 1 });
await engine.close();
const mixers = threadMixers({ when: 'always', onError: (error) => { throw error; } });
const frame = await new Promise((resolve) => {
  const keep = setTimeout(() => {}, 20_000);
  const mixer = mixers.open({ maxMicrophones: 8, leaveOutEchoes: false, onEvent: (event) => { clearTimeout(keep); resolve(event); } });
  mixer.receive({ connectionId: 'c', participantId: 'ana', mediaTime: 0, pcm: new Uint8Array(640), voice: false });
});
await mixers.close();
console.log(outcome, entry.seq, entry.body.text, frame.type, frame.samples.length);
`;
