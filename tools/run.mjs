// `npm start` and `npm test`. Needs only Node >= 20 and npm; everything else comes from the npm registry.
// Each step leaves a stamp with the hash of what it read, so a second run does only what changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { at, buildInputs, installInputs, isWindows, must, outputs, root } from './workspace.mjs';

const [task = 'start', ...args] = process.argv.slice(2);
let testing = false;
if (task === 'test') {
  // Whoever reads the last line of a test run finds one, also when it never came to the tests.
  process.on('exit', (code) => {
    if (code !== 0 && !testing) console.log('0 passed, 1 failed');
  });
}

const node = await nodeBinary();
const pnpmDirectory = await tool('pnpm');
const pnpm = join(pnpmDirectory, 'pnpm', 'bin', 'pnpm.cjs');
const env = environment();

await install();
if (task === 'exec') await must(node, [pnpm, 'exec', ...args], { env });
else if (task !== 'install') {
  await build();
  if (task === 'start') await must(node, [at('examples/studio/dist-server/main.js'), ...args], { env });
  else if (task === 'test') {
    testing = true;
    await must(node, [at('tools/test.mjs'), ...args], { env });
  } else if (task !== 'build') await must(node, [pnpm, 'run', task, ...args], { env });
}

async function install() {
  await once('install', hash(installInputs()), () =>
    must(node, [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], { env }),
  );
}

async function build() {
  const built = Object.entries(outputs).every(([name, file]) => existsSync(at(name, file)));
  const key = hash(buildInputs());
  await once('build', built ? key : '', () => must(node, [pnpm, 'run', 'build'], { env }));
  if (!built) writeFileSync(stampFile('build'), key);
}

/** The machine's Node where the build tools accept it (^22.18, ^24.11, >=26), else the one packaged for npm. */
async function nodeBinary() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major >= 26 || (major === 24 && minor >= 11) || (major === 22 && minor >= 18)) return process.execPath;
  const directory = await tool('node');
  const found = readdirSync(directory)
    .map((name) => join(directory, name, 'bin', isWindows ? 'node.exe' : 'node'))
    .find((file) => existsSync(file));
  if (found) return found;
  console.error(
    `Node ${process.versions.node} is too old and none is packaged for ${process.platform}-${process.arch}: install Node 22.18 or newer.`,
  );
  process.exit(1);
}

/** Installs tools/<name> from its own lock file and answers its node_modules. */
async function tool(name) {
  const cwd = at('tools', name);
  const stamp = join(cwd, 'node_modules', '.stamp');
  const key = hash([join(cwd, 'package-lock.json')]);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== key) {
    console.error(`> fetching ${name}`);
    await must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd,
      shell: isWindows,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(stamp, key);
  }
  return join(cwd, 'node_modules');
}

/** npm passes its registry, certificate and proxy settings on as npm_config_*; pnpm reads them too, so they stay. */
function environment() {
  const path = [dirname(node), join(pnpmDirectory, '.bin'), process.env.PATH].join(delimiter);
  const { npm_config_user_agent: _, ...rest } = process.env;
  return { ...rest, PATH: path, npm_config_update_notifier: 'false' };
}

async function once(name, key, work) {
  const file = stampFile(name);
  if (key && existsSync(file) && readFileSync(file, 'utf8') === key) return;
  console.error(`> ${name}`);
  await work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
}

function stampFile(name) {
  return at('node_modules', '.cache', 'run', name);
}

function hash(files) {
  const digest = createHash('sha256');
  for (const file of files) digest.update(file.slice(root.length)).update(readFileSync(file));
  return digest.digest('hex');
}
