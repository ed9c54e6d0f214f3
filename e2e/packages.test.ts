import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@colloquy/live-emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoRedis } from '../packages/room-core/test/support/redis-server.ts';
import { documentedCommands, hasTest } from './adopter/documented-commands.ts';
import { type Guide, readGuide } from './adopter/guide.ts';
import {
  type CopiedExample,
  compile,
  copyExamples,
  importAlone,
  linkCompanions,
  type Manifest,
  node,
  type Packed,
  packAll,
  prepareProject,
  type,
} from './adopter/install.ts';
import { type Neighbours, startNeighbours } from './adopter/neighbours.ts';
import { type PackedRegistry, servePacked } from './adopter/packed-registry.ts';
import { startCommand, startProgram } from './adopter/program.ts';
import { runExamples, vitest } from './adopter/run-examples.ts';
import { launchChromium, skipReason } from './support/chromium.ts';

/** Examples that another test runs: those for a page, which that test takes from their README. */
const IN_A_PAGE = [
  {
    is: ({ file }: CopiedExample) => file.startsWith('src/live-client-'),
    test: { file: 'e2e/guide-pages.test.ts', title: 'every block but those of a file of their own, below' },
  },
  {
    is: ({ code }: CopiedExample) => code.includes("fetch('/live/ephemeral-tokens'"),
    test: {
      file: 'e2e/guide-pages.test.ts',
      title: 'in the README of live-proxy: a page that talks with Gemini itself, by a token',
    },
  },
];

/** An example for a test runner. */
const isForVitest = ({ code }: CopiedExample): boolean => code.includes('testRoomEngine(');
const isWithRedis = ({ code }: CopiedExample): boolean => code.includes('redis.internal');

// What somebody gets who installs the published packages into a project of their own.
describe('the packages as they are published', () => {
  let folder = '';
  let project = '';
  let packed: readonly Packed[] = [];
  let manifests: readonly Manifest[] = [];
  let registry: PackedRegistry;
  let guide: Guide;
  let examples: readonly CopiedExample[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adopter-'));
    packed = await packAll(folder);
    manifests = packed.map(({ manifest }) => manifest);
    registry = await servePacked(packed);
    guide = await readGuide('docs/guides/getting-started.md');
    const [begin, ...lines] = guide.commands;
    expect(begin).toBe('mkdir table && cd table');
    await type(folder, begin ?? '');
    project = join(folder, 'table');
    await prepareProject(project, registry.url);
    for (const line of lines.slice(0, lines.indexOf('node server.ts'))) await type(project, line);
    await linkCompanions(project);
    examples = await copyExamples(project);
  });
  afterAll(async () => {
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('point at nothing that only the workspace has', () => {
    expect(manifests).toHaveLength(5);
    for (const manifest of manifests) {
      expect(JSON.stringify(manifest.dependencies ?? {})).not.toMatch(/workspace:|catalog:/);
      expect(JSON.stringify(manifest.exports)).not.toMatch(/mono-source|src\//);
    }
  });

  it('need nothing but what they declare: each installed by npm alone, with the line of its README', async () => {
    const lines = (await documentedCommands()).filter(({ line }) => line.startsWith('npm install '));
    const run = new Set(guide.commands);
    await Promise.all(
      packed.map(async ({ manifest }) => {
        const name = manifest.name.replace('@colloquy/', '');
        const line = lines.find(({ document }) => document === `packages/${name}/README.md`)?.line ?? '';
        expect(line, name).toContain(manifest.name);
        run.add(line);
        const alone = join(folder, 'alone', name);
        await prepareProject(alone, registry.url);
        await type(alone, 'npm init -y');
        await type(alone, line);
        const missing = await importAlone(alone, manifest);
        expect(missing['.'], name).toBeUndefined();
        // A part for something that an application may have besides: an engine, React, a test runner.
        const optional = Object.keys(manifest.peerDependenciesMeta ?? {});
        expect(Object.entries(missing).filter(([, dependency]) => !optional.includes(dependency))).toEqual([]);
      }),
    );
    expect(lines.filter(({ line }) => !run.has(line))).toEqual([]);
  });

  it('can be imported by every name they export, worklet files too', async () => {
    const names = manifests.flatMap(({ name, exports }) =>
      Object.keys(exports)
        .filter((path) => !path.includes('*') && !path.endsWith('.json'))
        // Contract suites are for a test runner.
        .filter((path) => path !== './testing')
        .map((path) => name + path.slice(1)),
    );
    const files = ['capture-worklet.js', 'playback-worklet.js'].map((file) => `@colloquy/live-client/worklets/${file}`);
    const script = `
      for (const name of ${JSON.stringify(names)}) {
        if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
      }
      const { existsSync } = await import('node:fs');
      for (const file of ${JSON.stringify(files)}) {
        if (!existsSync(new URL(import.meta.resolve(file)))) throw new Error(file + ' is missing');
      }
      console.log('imported', ${names.length});`;
    expect(names.length).toBeGreaterThan(7);
    expect(await node(project, '--input-type=module', '-e', script)).toBe(`imported ${names.length}\n`);
  });

  it('have programs that run', async () => {
    const programs = manifests.flatMap(({ name, bin = {} }) =>
      Object.entries(bin).map(([program, path]) => ({ program, path: join('node_modules', name, path) })),
    );
    expect(programs.map(({ program }) => program)).toEqual(['live-proxy', 'live-emulator']);
    for (const { program, path } of programs) {
      expect(await node(project, path, '--help')).toMatch(new RegExp(`^Usage: ${program}`));
    }
  });

  it('have commands that work as they are documented, but for ports and addresses', async () => {
    const emulator = await startEmulator({ port: 0, voice: 'synthetic' });
    const lines = new Set((await documentedCommands()).map(({ line }) => line).filter((line) => /^npx /.test(line)));
    expect(lines.size).toBeGreaterThan(6);
    for (const line of lines) {
      if (line.endsWith(' --help')) {
        expect(await type(project, line)).toMatch(/^Usage: live-/);
        continue;
      }
      if (line.includes(' record ')) await rm(join(project, 'talk.jsonl'), { force: true });
      const here = `${line.replace(/ --port \d+/, '')} --port 0`.replace(
        /(?<=--upstream )\S+/,
        emulator.url.replace('http', 'ws'),
      );
      const program = await startCommand(project, ['sh', '-c', here], {});
      try {
        expect(await firstAnswer(program.url), line).toEqual({ setupComplete: {} });
      } finally {
        await program.stop();
      }
    }
    await emulator.close();
  });

  it('compile as their READMEs show them, strictly, for Node and for bundlers', async () => {
    expect(examples.length).toBeGreaterThan(20);
    const strict = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
      ...{ target: 'es2023', lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], jsx: 'react-jsx' },
    };
    // By both compilers that people have.
    const forNode = { ...strict, module: 'nodenext', moduleResolution: 'nodenext' };
    const forBundlers = { ...strict, module: 'esnext', moduleResolution: 'bundler' };
    expect(await compile(project, 'typescript', forNode)).toBe('');
    expect(await compile(project, 'typescript7', forBundlers)).toBe('');
  });

  describe('run as their READMEs show them, but for addresses', () => {
    let neighbours: Neighbours;
    let forNode: readonly CopiedExample[] = [];
    beforeAll(async () => {
      neighbours = await startNeighbours();
      forNode = examples.filter((one) => !isForVitest(one) && !IN_A_PAGE.some(({ is }) => is(one)));
    });
    afterAll(() => neighbours?.close());

    it('and do what they say', async () => {
      const looks = await runExamples(
        project,
        forNode.filter((one) => !isWithRedis(one)),
        neighbours,
      );
      expect(looks.toSorted()).toEqual(['anySdk', 'recording', 'storeBehind']);
    });

    it.skipIf(whyNoRedis !== null)(
      `those with Redis, too${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`,
      async () => {
        const looks = await runExamples(project, forNode.filter(isWithRedis), neighbours);
        expect(looks.toSorted()).toEqual(['sharedLog', 'sharedRooms', 'storeBehindRedis']);
      },
    );

    it('in vitest the one that proves an engine: it passes one, and fails one that forgets', async () => {
      const [example, ...more] = examples.filter(isForVitest);
      expect(more).toEqual([]);
      const engines = { mine: 'memoryEngine()', forgetful: 'Object.assign(memoryEngine(), { read: async () => [] })' };
      for (const [name, engine] of Object.entries(engines)) {
        const test = `import { memoryEngine } from '@colloquy/room-core';
          globalThis.myEngine = async () => ${engine};
          await import('./${example?.file}');`;
        await writeFile(join(project, `${name}.test.ts`), test);
      }
      const results = await vitest(
        project,
        Object.keys(engines).map((name) => `${name}.test.ts`),
      );
      const mine = results.get('mine.test.ts') ?? [];
      const forgetful = results.get('forgetful.test.ts') ?? [];
      expect(mine.filter((status) => status === 'passed').length).toBeGreaterThan(20);
      expect(mine).not.toContain('failed');
      expect(forgetful.length).toBe(mine.length);
      expect(forgetful).toContain('failed');
    });

    it('in a browser those for a page', async () => {
      for (const { is, test } of IN_A_PAGE) {
        expect(examples.filter(is), test.title).not.toEqual([]);
        expect(await hasTest(test), test.title).toBe(true);
      }
    });
  });

  describe('as the guide to getting started uses them', () => {
    beforeAll(async () => {
      for (const [name, code] of guide.files) await writeFile(join(project, name), code);
    });

    it('are all that it tells to install', () => {
      const told = guide.commands.flatMap((line) => line.match(/^npm install (.*)/)?.[1]?.split(' ') ?? []);
      const names = told.filter((name) => !name.startsWith('-'));
      expect(names.filter((name) => name.startsWith('@colloquy/')).sort()).toEqual(
        manifests
          .map(({ name }) => name)
          .filter((name) => !name.endsWith('live-protocol'))
          .sort(),
      );
      const imported = [...guide.files.values()].flatMap((code) => [...code.matchAll(/from '([^'.]+)'/g)]);
      const packages = imported.map(([, name = '']) => name.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? '');
      expect(packages.filter((name) => !name.startsWith('node:') && !names.includes(name))).toEqual([]);
    });

    it.skipIf(skipReason)(
      `let two people and a model talk, with its two files word for word${skipReason}`,
      async () => {
        expect(guide.commands).toContain('node server.ts');
        const program = await startProgram(project, ['server.ts']);
        const browser = await launchChromium();
        try {
          const [ana, ben] = await Promise.all(
            ['Ana', 'Ben'].map(async (name) => {
              const page = await browser.newPage();
              const complaints: string[] = [];
              page.on('pageerror', ({ message }) => complaints.push(message));
              await page.goto(new URL(`/?name=${name}`, program.url).href);
              await page.getByText(/open · .*model: listening/).waitFor();
              return { page, complaints };
            }),
          );
          await ana?.page.getByRole('textbox').fill('Good morning, all!');
          await ana?.page.getByRole('button', { name: 'Send' }).click();
          for (const who of [ana, ben]) {
            await who?.page.getByText('Ana: Good morning, all!').waitFor();
            await who?.page.getByText(/Gemini: ./).waitFor();
            expect(who?.complaints).toEqual([]);
          }
          await ben?.page.getByRole('button', { name: 'Microphone on' }).click();
          await ben?.page.getByRole('button', { name: 'Microphone off' }).waitFor();
        } finally {
          await browser.close();
          await program.stop();
        }
      },
    );

    it('serve their page with a key, too, with which nobody dials before somebody comes', async () => {
      expect(guide.commands).toContain('GEMINI_API_KEY=… node server.ts');
      const program = await startProgram(project, ['server.ts'], { GEMINI_API_KEY: 'a-key-that-nobody-dials-with' });
      try {
        expect(await (await fetch(program.url)).text()).toContain('<title>The table</title>');
      } finally {
        await program.stop();
      }
    });

    it('can be built by Vite', async () => {
      await node(project, 'node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn');
      const built = await readFile(join(project, 'dist/index.html'), 'utf8');
      expect(built).toMatch(/<script type="module" crossorigin src="\/assets\/index-[\w-]+\.js">/);
    });
  });
});

/** What a server of Gemini's wire says to a setup. */
function firstAnswer(url: URL): Promise<unknown> {
  const socket = new WebSocket(
    new URL('/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent', url),
  );
  return new Promise<unknown>((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }));
    socket.onmessage = ({ data }) => resolve(new Response(data).json());
    socket.onclose = ({ code, reason }) => reject(new Error(`Closed with ${code}: ${reason}`));
  }).finally(() => socket.close());
}
