import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('../../', import.meta.url));
const pnpm = join(workspace, 'tools/pnpm/node_modules/pnpm/bin/pnpm.cjs');

/** The packages that are published. */
export const PUBLISHED = ['live-protocol', 'room-core', 'live-proxy', 'live-client', 'live-emulator'] as const;

/** What the examples need besides the packages; each is looked up where the workspace has it. */
const COMPANIONS = [
  '@google-cloud/storage',
  '@google/genai',
  '@types/node',
  '@types/react',
  'ioredis',
  'react',
  'vite',
  'vitest',
];

/** The parts of a published manifest that are looked at. */
export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Packs the published packages as a release does and puts them into `project`, with their dependencies as the workspace
 * has them: what `npm install` would do, without a network.
 */
export async function installPacked(project: string): Promise<readonly Manifest[]> {
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'adopter', private: true, type: 'module' }));
  const manifests = await Promise.all(PUBLISHED.map((name) => installOne(project, name)));
  for (const companion of COMPANIONS) await link(project, companion);
  return manifests;
}

async function installOne(project: string, name: string): Promise<Manifest> {
  const packed = join(project, 'packed', name);
  const installed = join(project, 'node_modules/@colloquy', name);
  await mkdir(packed, { recursive: true });
  await run(process.execPath, [pnpm, 'pack', '--pack-destination', packed], { cwd: join(workspace, 'packages', name) });
  const [tarball = ''] = await readdir(packed);
  await run('tar', ['-xzf', tarball], { cwd: packed });
  await mkdir(dirname(installed), { recursive: true });
  await cp(join(packed, 'package'), installed, { recursive: true });
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.startsWith('@colloquy/')) await link(project, dependency);
  }
  return manifest;
}

async function link(project: string, dependency: string): Promise<void> {
  const at = join(project, 'node_modules', dependency);
  await mkdir(dirname(at), { recursive: true });
  const homes = [workspace, ...PUBLISHED.map((name) => join(workspace, 'packages', name))];
  for (const home of homes) {
    const target = join(home, 'node_modules', dependency);
    const found = await readdir(target).catch(() => null);
    if (found === null) continue;
    await symlink(target, at, 'junction').catch((error: NodeJS.ErrnoException) => {
      // Two packages share it.
      if (error.code !== 'EEXIST') throw error;
    });
    return;
  }
  throw new Error(`${dependency} is not installed in the workspace.`);
}

/** Runs Node in `project`; resolves to what it printed. */
export async function node(project: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: project });
  return stdout;
}

/** Runs the compiler in `project`; resolves to its complaints. */
export async function compile(project: string, options: Readonly<Record<string, unknown>>): Promise<string> {
  const config = join(project, `tsconfig.${String(options.moduleResolution)}.json`);
  await writeFile(config, JSON.stringify({ compilerOptions: options, include: ['src'] }));
  const compiler = join(workspace, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [compiler, '-p', config], { cwd: project }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout || 'The compiler could not be run.',
  );
}

/** An example of a README, as a file of `project`. */
export interface CopiedExample {
  /** Path in the project. */
  readonly file: string;
  readonly code: string;
}

/** Writes every TypeScript example of the READMEs, unchanged, into `project/src`, but for those of files that are run. */
export async function copyExamples(project: string): Promise<readonly CopiedExample[]> {
  await mkdir(join(project, 'src'), { recursive: true });
  for (const file of ['placeholders.d.ts', 'placeholders.mjs']) {
    await cp(join(workspace, 'e2e/adopter', file), join(project, 'src', file));
  }
  const readmes = [
    { name: 'root', path: join(workspace, 'README.md') },
    ...PUBLISHED.map((name) => ({ name, path: join(project, 'node_modules/@colloquy', name, 'README.md') })),
    { name: 'recordings', path: join(workspace, 'packages/live-emulator/docs/recordings.md') },
  ];
  const copied: CopiedExample[] = [];
  for (const { name, path } of readmes) {
    const blocks = (await readFile(path, 'utf8')).matchAll(/(<!-- from: \S+ -->\n)?```(tsx?)\n(.*?)```/gs);
    for (const [, source, extension = 'ts', code = ''] of blocks) {
      if (source !== undefined) continue;
      const file = `src/${name}-${copied.length + 1}.${extension}`;
      await writeFile(join(project, file), `${code}\nexport {};\n`);
      copied.push({ file, code });
    }
  }
  return copied;
}
