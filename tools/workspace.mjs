// Where the workspace is, what it builds, and how its scripts start a child that stops when they do.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const isWindows = process.platform === 'win32';

/** Every package that builds, with one file that exists only after its build. */
export const outputs = {
  'packages/live-protocol': 'dist/index.js',
  'packages/room-core': 'dist/index.js',
  'packages/live-proxy': 'dist/index.js',
  'packages/live-client': 'dist/index.js',
  'packages/live-emulator': 'dist/index.js',
  'examples/studio': 'dist/index.html',
};

export const at = (...parts) => join(root, ...parts);

const shared = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tsconfig.base.json'].map((file) => at(file));
/** No build reads these: a changed test or page builds nothing anew. */
const notBuilt = /\.(test|test-d)\.tsx?$|\.md$/;
const notSource = new Set(['node_modules', 'dist', 'test', 'data', 'artifacts']);

/** What an installation depends on. */
export const installInputs = () => [...shared, ...sources().filter((file) => file.endsWith('package.json'))];

/** What a build reads. */
export const buildInputs = () => [
  ...shared,
  at('tools/inline-worklet.mjs'),
  ...sources().filter((file) => !notBuilt.test(file)),
];

function sources() {
  return ['packages', 'examples', 'e2e'].flatMap((directory) => walk(at(directory)));
}

function walk(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (notSource.has(entry.name) || entry.name.startsWith('dist')) return [];
      const path = join(directory, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}

/** Runs a command to its end and answers its exit code; Ctrl-C and SIGTERM reach the child. */
export function run(command, args, { env = process.env, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env, ...options });
    const wait = () => {}; // Ctrl-C reaches the child by itself; leaving first would orphan it
    const pass = (signal) => child.kill(signal);
    const parent = process.ppid;
    process.on('SIGINT', wait).on('SIGTERM', pass).on('SIGHUP', pass);
    // npm passes no signal on to its script: when npm is gone, so is whoever wanted this.
    const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500);
    const finish = (code) => {
      clearInterval(watch);
      process.off('SIGINT', wait).off('SIGTERM', pass).off('SIGHUP', pass);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      finish(1);
    });
    child.on('exit', (code, signal) => finish(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Like {@link run}, but a failing command ends this process with its code. */
export async function must(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) process.exit(code);
}
