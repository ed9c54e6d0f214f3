import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error A script without types.
import { buildInputs, outputs } from '../tools/workspace.mjs';
import { contextFilter, type ImageConfig, parseDockerfile, type Stage } from './adopter/dockerfile.ts';
import { waitForAddress } from './adopter/program.ts';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('../', import.meta.url));

/** What `npm test` has done before any test runs. */
const BUILD = 'node tools/run.mjs build';

/** What `tools/run.mjs` itself needs. */
const toolInputs = [
  'run.mjs',
  'workspace.mjs',
  'inline-worklet.mjs',
  'pnpm/package-lock.json',
  'node/package-lock.json',
].map((file) => join(workspace, 'tools', file));

/** The user `node` of Node's images. */
const NODE_USER = { uid: 1000, gid: 1000 };

// Without Docker: the steps of the Dockerfile are followed on folders, one for the root of each stage.
describe('the image of the studio', () => {
  let folder = '';
  let image = '';
  let config: ImageConfig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'image-'));
    await chmod(folder, 0o755); // its user goes through
    const stages = parseDockerfile(await readFile(join(workspace, 'examples/studio/Dockerfile'), 'utf8'));
    expect(stages.map(({ name }) => name)).toEqual(['build', '']);
    for (const stage of stages) await follow(stage, join(folder, stage.name || 'image'));
    image = await realpath(join(folder, 'image'));
    config = stages.at(-1)?.config ?? expect.fail('The Dockerfile has no stage.');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** `COPY . .` and the build are the workspace as it stands: it was built by the same command. */
  async function follow(stage: Stage, root: string): Promise<void> {
    await mkdir(root, { recursive: true });
    for (const { instruction, words, text } of stage.steps) {
      if (instruction === 'COPY' && words.join(' ') === '. .') continue;
      if (instruction === 'COPY') await copy(words, root);
      else if (text !== BUILD) await shell(text, root);
    }
  }

  async function copy(words: readonly string[], root: string): Promise<void> {
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? expect.fail('COPY');
    const [source = '', target = ''] = words.filter((word) => !word.startsWith('--'));
    await cp(join(folder, from, source), join(root, target), { recursive: true, verbatimSymlinks: true });
    if (words.some((word) => word.startsWith('--chown=node')) && mayBeSomebodyElse) {
      await run('chown', ['-R', `${NODE_USER.uid}:${NODE_USER.gid}`, join(root, target)]);
    }
  }

  /** Absolute paths of the image lie below `root`. */
  function shell(command: string, root: string): Promise<unknown> {
    return run('sh', ['-ec', command.replace(/(?<=\s)\/(?=\w)/g, `${root}/`)], { cwd: workspace });
  }

  function start(command: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
    const [program, ...args] = command;
    expect(program).toBe('node');
    const env = { ...config.environment, COLLOQUY_DATA: join(image, config.environment.COLLOQUY_DATA ?? '') };
    return spawn(process.execPath, args, {
      cwd: join(image, config.directory),
      env: { ...env, HOME: '/nonexistent', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(mayBeSomebodyElse && NODE_USER),
    });
  }

  it('is built from a context that has all that the build reads, and nothing that was built or written here', async () => {
    const ignored = contextFilter(await readFile(join(workspace, '.dockerignore'), 'utf8'));
    const inputs = [...buildInputs(), ...toolInputs].map((file) => relative(workspace, file).replaceAll('\\', '/'));
    expect(inputs.length).toBeGreaterThan(500);
    expect(inputs.filter(ignored)).toEqual([]);
    const here = [
      ...['.git/HEAD', 'node_modules/vite/package.json', 'packages/room-core/node_modules/ws', 'docs/site/index.html'],
      ...Object.entries(outputs as Record<string, string>).map(([folder, file]) => `${folder}/${file}`),
      ...['examples/studio/dist-server/main.js', 'examples/studio/data/rooms.sqlite', 'e2e/artifacts/a.png'],
    ];
    expect(here.filter((file) => !ignored(file))).toEqual([]);
  });

  it('is pinned, and runs as a user without rights', () => {
    expect(config.from).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim$/);
    expect(config.user).toBe('node');
    expect(config.environment.HOST).toBe('0.0.0.0');
  });

  it('holds what runs and nothing else', async () => {
    const files = await readdir(join(image, 'app'), { recursive: true });
    const unwanted = files.filter((file) =>
      /(^|\/)(vite|typescript|tsup|react|vitest|playwright-core)\/package\.json$/.test(file),
    );
    expect(unwanted).toEqual([]);
    expect(files.filter((file) => /^(server|src|e2e|tools)\b/.test(file))).toEqual([]);
    expect(files).toContain('dist/index.html');
    const entries = await readdir(join(image, 'app'), { recursive: true, withFileTypes: true });
    const links = entries
      .filter((entry) => entry.isSymbolicLink())
      .map(({ parentPath, name }) => join(parentPath, name));
    const ends = await Promise.all(links.map((link) => realpath(link)));
    expect(links.length).toBeGreaterThan(10);
    expect(ends.filter((end) => !end.startsWith(join(image, 'app')))).toEqual([]);
    // What is reached through several links is there once.
    const sizes = new Map<number, number>();
    for (const entry of entries.filter((one) => one.isFile())) {
      const { ino, size } = await stat(join(entry.parentPath, entry.name));
      sizes.set(ino, size);
    }
    const megabytes = [...sizes.values()].reduce((sum, size) => sum + size, 0) / 1e6;
    expect(megabytes).toBeLessThan(60);
  });

  it('has what only some settings need, such as the client of the bucket', async () => {
    const script =
      "await import('@colloquy/room-core/gcs'); await import('@colloquy/room-core/archive'); await import('@colloquy/room-core/redis');";
    expect(await exitOf(start(['node', '--input-type=module', '-e', script], {}))).toBe(0);
  });

  it('serves the studio, is healthy while it does, and ends in order when it is asked to', async () => {
    const server = start(config.command, { PORT: '0' });
    const ended = once(server, 'exit');
    const { port } = await waitForAddress(server);
    const base = `http://127.0.0.1:${port}`;
    expect(await (await fetch(base)).text()).toContain('<div id="root">');
    expect(await exitOf(start(config.healthCheck, { PORT: port }))).toBe(0);
    const session = await fetch(`${base}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ana' }),
    });
    expect(session.ok).toBe(true);
    expect(await readdir(join(image, 'data'))).toContain('rooms.sqlite');
    server.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await exitOf(start(config.healthCheck, { PORT: port }))).toBe(1);
  });
});

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

/** Only root may, and only where others may read the Node that runs this. */
const mayBeSomebodyElse: boolean =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['--version'], { ...NODE_USER, cwd: dirname(tmpdir()) }).status === 0;
