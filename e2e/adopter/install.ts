import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('../../', import.meta.url));
const pnpm = join(workspace, 'tools/pnpm/node_modules/pnpm/bin/pnpm.cjs');

/** The packages that are published. */
export const PUBLISHED = ['live-protocol', 'room-core', 'live-proxy', 'live-client', 'live-emulator'] as const;

/** What the examples need besides what the guide installs; each is looked up where the workspace has it. */
const COMPANIONS = [
  '@google-cloud/storage',
  '@google/genai',
  '@types/node',
  '@types/react',
  'ioredis',
  'react',
  'vitest',
];

/** The parts of a published manifest that are looked at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package as a release publishes it. */
export interface Packed {
  readonly manifest: Manifest;
  readonly tarball: string;
}

/** Packs the published packages into `folder`, as a release does. */
export function packAll(folder: string): Promise<readonly Packed[]> {
  return Promise.all(
    PUBLISHED.map(async (name) => {
      const tarball = join(folder, `${name}.tgz`);
      await run(process.execPath, [pnpm, 'pack', '--out', tarball], { cwd: join(workspace, 'packages', name) });
      const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json']);
      return { manifest: JSON.parse(stdout) as Manifest, tarball };
    }),
  );
}

/**
 * An empty folder in which npm finds our packages in `registry` and everything else where this machine finds packages.
 *
 * @param folder - is made when it is not there.
 */
export async function prepareProject(folder: string, registry: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const settings = [`@colloquy:registry=${registry}`, 'prefer-offline=true', 'ignore-scripts=true'];
  await writeFile(join(folder, '.npmrc'), [...settings, 'audit=false', 'fund=false', ''].join('\n'));
}

/** Runs a line as somebody types it in `folder`; resolves to what it printed. */
export async function type(folder: string, line: string): Promise<string> {
  // Where the run of the tests was started is not where this is.
  const { npm_config_local_prefix: _, ...env } = process.env;
  const { stdout } = await run('sh', ['-ec', line], { cwd: folder, env });
  return stdout;
}

/** Imports every entry point of a package; resolves to the package that is missing for each that cannot be. */
export async function importAlone(project: string, { name, exports }: Manifest): Promise<Record<string, string>> {
  const paths = Object.keys(exports).filter((path) => !path.includes('*') && !path.endsWith('.json'));
  const script = `
    const missing = {};
    for (const path of ${JSON.stringify(paths)}) {
      await import(${JSON.stringify(name)} + path.slice(1)).catch((error) => {
        missing[path] = /Cannot find package '([^']+)'/.exec(error.message)?.[1] ?? String(error);
      });
    }
    console.log(JSON.stringify(missing));`;
  return JSON.parse(await node(project, '--input-type=module', '-e', script));
}

/** Puts what the examples need besides into `project`, as the workspace has it. */
export async function linkCompanions(project: string): Promise<void> {
  const homes = [workspace, ...PUBLISHED.map((name) => join(workspace, 'packages', name))];
  for (const name of COMPANIONS) {
    const targets = homes.map((home) => join(home, 'node_modules', name));
    const target = targets.find((folder) => existsSync(folder));
    if (target === undefined) throw new Error(`${name} is not installed in the workspace.`);
    const at = join(project, 'node_modules', name);
    await mkdir(dirname(at), { recursive: true });
    await symlink(target, at, 'junction').catch((error: NodeJS.ErrnoException) => {
      // The guide has installed it, or what it installs needs it.
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Runs Node in `project`; resolves to what it printed. */
export function node(project: string, ...args: string[]): Promise<string> {
  return nodeWith({}, project, ...args);
}

/** The same with variables of the environment besides. */
export async function nodeWith(
  environment: Readonly<Record<string, string>>,
  project: string,
  ...args: string[]
): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: project, env: { ...process.env, ...environment } });
  return stdout;
}

/** Runs a compiler in `project`; resolves to its complaints. */
export async function compile(
  project: string,
  version: 'typescript' | 'typescript7',
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  const config = join(project, `tsconfig.${String(options.moduleResolution)}.json`);
  await writeFile(config, JSON.stringify({ compilerOptions: options, include: ['src'] }));
  const compiler = join(workspace, 'node_modules', version, 'bin/tsc');
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
  for (const file of ['placeholders.d.ts', 'placeholders.mjs', 'looks.mjs']) {
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
