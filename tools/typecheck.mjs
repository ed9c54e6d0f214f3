// Type-checks every package against its siblings' sources, two at a time, with the native compiler.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { at, root } from './workspace.mjs';

const projects =
  process.argv.length > 2
    ? process.argv.slice(2)
    : [
        'packages/live-protocol',
        'packages/room-core',
        'packages/live-proxy',
        'packages/live-client',
        'packages/live-emulator',
        'examples/studio',
        'examples/quickstart',
        'examples/express',
        'examples/fastify',
        'examples/hono',
        'examples/own-tools',
        'examples/snippets',
        'tools/fake-gcs',
        'e2e',
      ].filter((name) => existsSync(at(name, 'tsconfig.json')));

const waiting = [...projects];
const failed = [];
await Promise.all([worker(), worker()]);
if (failed.length > 0) console.error(`types: ${failed.join(', ')} failed`);
process.exit(failed.length > 0 ? 1 : 0);

async function worker() {
  for (let name = waiting.shift(); name; name = waiting.shift()) {
    const { code, text } = await check(name);
    if (code === 0) continue;
    failed.push(name);
    console.error(text.trimEnd());
  }
}

function check(name) {
  return new Promise((resolve) => {
    const compiler = at('node_modules/typescript7/bin/tsc');
    const child = spawn(process.execPath, [compiler, '-p', at(name), '--noEmit', '--pretty', 'false'], { cwd: root });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('close', (code) => resolve({ code: code ?? 1, text }));
  });
}
