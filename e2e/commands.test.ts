import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { whyNoRedis } from '../packages/room-core/test/support/redis-server.ts';
import { documentedCommands, hasTest } from './adopter/documented-commands.ts';
import { startCommand } from './adopter/program.ts';
import { skipReason } from './support/chromium.ts';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('../', import.meta.url));
const commands = await documentedCommands();
const manifest = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8'));

/** What starts a server that is in the repository. */
const SERVER = /^(?:GEMINI_API_KEY=… )?node tools\/run\.mjs exec node examples\/\S+\.ts$/;
/** What is asked of the servers above. */
const REQUEST = /^curl (?:-X (\w+) |-i )'?http:\/\/127\.0\.0\.1:8080(\/[^\s']*)'?$/;
/** What starts the studio, as somebody does who has just cloned the repository. */
const START = /^(?:GEMINI_API_KEY=… )?npm start$/;
/** What serves the studio's page for its development. */
const PAGE = 'node tools/run.mjs exec vite examples/studio';
/** The whole run, or a part of it. */
const TEST = /^npm test( -- (.+))?$/;
/** What changes nothing where everything is as it should be. */
const UNCHANGED = ['node tools/run.mjs build', 'node tools/run.mjs docs:snippets'];

/** Commands that another test runs, which takes them from the documentation or the Dockerfile itself. */
const RUN_ELSEWHERE = [
  {
    command: /^mkdir table && cd table$|^npm init -y && npm pkg set type=module$|^(GEMINI_API_KEY=… )?node server\.ts$/,
    file: 'e2e/packages.test.ts',
    title: 'let two people and a model talk, with its two files word for word',
  },
  {
    command: /^npm install @colloquy|^npm install --save-dev @colloquy/,
    file: 'e2e/packages.test.ts',
    title: 'need nothing but what they declare: each installed by npm alone, with the line of its README',
  },
  {
    command: /^npx live-(emulator|proxy) /,
    file: 'e2e/packages.test.ts',
    title: 'have commands that work as they are documented, but for ports and addresses',
  },
  {
    command: /^node tools\/run\.mjs exec pnpm --filter @colloquy\/studio --prod --no-optional --legacy deploy \S+$/,
    file: 'e2e/image.test.ts',
    title: 'serves the studio, is healthy while it does',
  },
];

/**
 * What measures, by what it says at its end, which nothing but a whole run comes to. Those of a line run one after the other,
 * and the lines beside each other, as most of them wait most of the time.
 */
const MEASURING = [
  {
    missing: skipReason,
    ends: {
      'soak:browser': /^after dispose\(\) .*"threads":[01]\}$/m,
      'bench:browser': /^Gaps are counted after the first second\./m,
    },
  },
  { missing: skipReason, ends: { 'bench:studio': /^first load, kB gzip +\d+\.\d/m } },
  {
    missing: '',
    ends: {
      'bench:room': /^\| one found among all \| \d/m,
      'bench:proxy': /^\| ours \| \d+\.\d \(/m,
      'bench:emulator': /^Ten minutes on a fake clock: \d+ ms/m,
    },
  },
  { missing: whyNoRedis === null ? '' : ` (${whyNoRedis})`, ends: { chaos: /^No rule was broken\.$/m } },
];

/** Commands that the run of `npm test` is made of: each is the script of a step of tools/test.mjs. */
const STEPS = ['typecheck', 'docs'];

/** Commands that no test runs, with the reason. */
const NOT_RUN = [
  {
    command: /^gcloud |^openssl rand -base64 48 \| gcloud /,
    because:
      'It changes an account. What it uses is checked by tools/deployment.test.ts against what the studio reads.',
  },
  {
    command: /^docker (build|run) |^COLLOQUY_SECRET=\S+ .*docker compose -f |^docker compose stop /,
    because:
      'There is no Docker where tests run. e2e/image.test.ts follows the Dockerfile step by step and starts what it leaves; ' +
      'tools/deployment.test.ts holds the compose file against its schema.',
  },
  {
    command: /^cp examples\/studio\/deploy\/\S+ \/etc\/|^systemctl /,
    because: 'It changes the machine. tools/deployment.test.ts has systemd look at the unit.',
  },
  {
    command: /^npm install$/,
    because: 'The README says that it is not needed, and stops.',
  },
  {
    command: /^node tools\/run\.mjs (bench:\w+|soak:browser|chaos)$/,
    because:
      'It measures for minutes, which says something on a quiet machine only. Below each is run to its end with `--try`: ' +
      'everything once, small, and with no time judged.',
  },
  {
    command: /^node tools\/run\.mjs exec biome check --write \.$/,
    because: 'It rewrites the workspace. `npm test` runs `biome ci .` with the same rules.',
  },
  { command: /^node tools\/run\.mjs exec changeset$/, because: 'It asks questions and writes a file.' },
];

describe('the commands of the documentation', () => {
  it('are all run by a test, or say why not', async () => {
    const steps = STEPS.map((script) => new RegExp(`^node tools/run\\.mjs ${script}$`));
    const exact = [PAGE, ...UNCHANGED].map((line) => new RegExp(`^${line.replaceAll('.', '\\.')}$`));
    const elsewhere = [...RUN_ELSEWHERE, ...NOT_RUN].map(({ command }) => command);
    const known = [START, SERVER, REQUEST, TEST, ...exact, ...steps, ...elsewhere];
    expect(commands.filter(({ line }) => !known.some((pattern) => pattern.test(line)))).toEqual([]);
    const unused = known.filter((pattern) => !commands.some(({ line }) => pattern.test(line)));
    expect(unused, 'what no page says any more').toEqual([]);
    const deployed = commands.find(({ line }) => line.includes(' deploy '))?.line.replace(/\S+$/, '/app');
    expect(await readFile(join(workspace, 'examples/studio/Dockerfile'), 'utf8')).toContain(`RUN ${deployed}\n`);
    for (const test of RUN_ELSEWHERE) expect(await hasTest(test), `${test.file}: ${test.title}`).toBe(true);
  });

  it('need nothing that a reader does not have: no pnpm of their own', () => {
    expect(commands.filter(({ line }) => /^pnpm |[&|;] *pnpm /.test(line))).toEqual([]);
  });

  it('are what the run of the tests is made of', async () => {
    expect(await readFile(join(workspace, '.ci/run'), 'utf8')).toMatch(/\nnpm test\n$/);
    expect(manifest.scripts.test).toBe('node tools/run.mjs test');
    const steps = await readFile(join(workspace, 'tools/test.mjs'), 'utf8');
    for (const script of STEPS) {
      const [, file] = /^node (tools\/[\w-]+\.mjs)$/.exec(manifest.scripts[script]) ?? [];
      expect(steps).toMatch(new RegExp(`^ *(await )?check\\('[^']+', \\[at\\('${file}'\\)\\]\\)`, 'm'));
    }
  });

  it('run a part of the tests, and say how it went', async () => {
    const documented = new Set(commands.map(({ line }) => line).filter((line) => TEST.test(line)));
    const [byProject, byPath] = ["npm test -- --project packages -t 'closed room'", 'npm test -- packages/room-core'];
    expect([...documented].sort()).toEqual(['npm test', byProject, byPath]);
    // Both at once, of something small.
    const line = `${byProject.replace('closed room', 'path')} tools/system-parts.test.ts`;
    const { stdout } = await run('sh', ['-ec', line], {
      cwd: workspace,
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/Test Files +1 passed/);
    expect(stdout).toMatch(/Tests +\d+ passed \| \d+ skipped/);
  });

  it.each(UNCHANGED)('do nothing where nothing changed: %s', async (line) => {
    const built = join(workspace, 'packages/room-core/dist/index.js');
    const before = await stat(built);
    const { stdout } = await run('sh', ['-ec', line], { cwd: workspace });
    expect(stdout).not.toContain('wrote');
    expect((await stat(built)).mtimeMs).toBe(before.mtimeMs);
  });

  it.each([...new Set(commands.map(({ line }) => line))].filter((line) => START.test(line)))(
    'start the studio: %s',
    async (line) => {
      const folder = await mkdtemp(join(tmpdir(), 'studio-'));
      const studio = await startCommand(workspace, ['npm', 'start'], { COLLOQUY_DATA: folder, ...keyOf(line) });
      try {
        expect(await (await fetch(studio.url)).text()).toContain('<div id="root">');
        const { studio: info } = await (await fetch(new URL('/api/session', studio.url))).json();
        expect(info.source).toBe(line.startsWith('GEMINI_API_KEY=') ? 'gemini-api' : 'emulator');
      } finally {
        await studio.stop();
        await rm(folder, { recursive: true });
      }
    },
  );

  it('serve the page of the studio for its development', async () => {
    const vite = await startCommand(workspace, ['sh', '-ec', PAGE], { NO_COLOR: '1' });
    try {
      expect(await (await fetch(vite.url)).text()).toContain('/@vite/client');
      expect((await fetch(new URL('/src/main.tsx', vite.url))).headers.get('content-type')).toContain('javascript');
    } finally {
      await vite.stop();
    }
  });

  it('are scripts of the workspace, each of which is run here or by the run of the tests', () => {
    const scripts = commands.flatMap(({ line }) => /^node tools\/run\.mjs ([a-z]+(?::\w+)?)$/.exec(line)?.[1] ?? []);
    const named = [...new Set(scripts)].filter((script) => script !== 'build');
    expect(named.filter((script) => !(script in manifest.scripts))).toEqual([]);
    const measuring = MEASURING.flatMap(({ ends }) => Object.keys(ends));
    const elsewhere = [...STEPS, 'docs:snippets'];
    expect(named.sort()).toEqual([...measuring, ...elsewhere].sort());
  });

  for (const { missing, ends } of MEASURING) {
    const title = `measure, in their smallest runs: ${Object.keys(ends).join(', ')}${missing}`;
    it.skipIf(missing !== '')(title, { concurrent: true, timeout: 300_000 }, async () => {
      for (const [script, end] of Object.entries(ends)) {
        const line = `exec ${manifest.scripts[script]} --try`;
        const { stdout } = await run('sh', ['-ec', line], { cwd: workspace, timeout: 240_000 });
        expect(stdout, script).toMatch(end);
      }
    });
  }

  it('are not needed to start the studio from code, as its README shows it', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    await import('./adopter/from-code.ts');
    expect(print).toHaveBeenCalledWith(
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringContaining('emulator'),
    );
    print.mockRestore();
  });

  const servers = commands.filter(({ line }) => SERVER.test(line));
  it.each(servers)('serve what $document says: $line', async ({ document, line }) => {
    const program = await startCommand(workspace, ['sh', '-ec', line.replace(/^\S+=… /, '')], keyOf(line));
    try {
      expect((await fetch(program.url)).status).toBe(200);
      const asked = commands.filter((command) => command.document === document || servesProxy(document, command.line));
      for (const request of asked) {
        const [, method = 'GET', path = ''] = REQUEST.exec(request.line) ?? [];
        if (path === '') continue;
        const response = await fetch(new URL(path, program.url), { method });
        expect(response.ok, request.line).toBe(true);
      }
    } finally {
      await program.stop();
    }
  });
});

/** What the page about troubles asks is asked of every example that has a proxy at `/live`. */
function servesProxy(document: string, line: string): boolean {
  return /\/(express|fastify|hono)\//.test(document) && line.endsWith('/live/health');
}

/** Without a call nobody dials with it. */
function keyOf(line: string): Record<string, string> {
  return line.startsWith('GEMINI_API_KEY=') ? { GEMINI_API_KEY: 'a-key-that-nobody-dials-with' } : {};
}
