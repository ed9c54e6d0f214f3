import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { documentedCommands, hasTest, namedScripts } from './adopter/documented-commands.ts';
import { startCommand, startProgram } from './adopter/program.ts';

const workspace = fileURLToPath(new URL('../', import.meta.url));
const commands = await documentedCommands();

/** What starts a server that is in the repository: it is started below, as it stands. */
const SERVER = /^(?:GEMINI_API_KEY=… )?node tools\/run\.mjs exec node (examples\/\S+\.ts)$/;
/** What is asked of the server above it. */
const REQUEST = /^curl -X (\w+) 'http:\/\/127\.0\.0\.1:8080(\S+)'$/;

/** What starts the studio; it is started below by npm, as somebody does who has just cloned the repository. */
const START = /^(?:GEMINI_API_KEY=… )?npm start$/;

/** Commands that another test runs, in their words or, where they name a port or a place, with one of its own. */
const SHOWN = [
  { command: /^npm test$/, file: '.ci/run', title: 'npm test' },
  { command: /^node tools\/run\.mjs build$/, file: 'tools/run.mjs', title: 'await build()' },
  {
    command: /^mkdir table|^npm init|^npm install|^(GEMINI_API_KEY=… )?node server\.ts$/,
    file: 'e2e/packages.test.ts',
    title: 'let two people and a model talk, with its two files word for word',
  },
  {
    command: /^(npx )?live-emulator --port \d+/,
    file: 'packages/live-emulator/test/cli.test.ts',
    title: 'runs, says where, and stops when asked',
  },
  {
    command: /^(npx )?live-emulator (record|replay) /,
    file: 'packages/live-emulator/test/cli.test.ts',
    title: 'writes a new file that replay can read',
  },
  {
    command: /^(npx )?live-proxy --upstream ws:\/\/127\.0\.0\.1:9090 --port 8081 --insecure$/,
    file: 'packages/live-proxy/test/cli.test.ts',
    title: 'serves Gemini’s wire at the root and ends on SIGTERM',
  },
  {
    command:
      /^docker (build|run) |^node tools\/run\.mjs exec pnpm --filter @colloquy\/studio --prod --no-optional --legacy deploy /,
    file: 'e2e/image.test.ts',
    title: 'serves the studio, is healthy while it does',
  },
];

/**
 * Commands that change an account or a machine, or that need a Docker with its registry. The recipes that they use are
 * checked without them: by the schema of compose files, by systemd, against the settings that the studio reads.
 */
const ELSEWHERE = {
  command:
    /^gcloud |^COLLOQUY_SECRET=\$\(openssl rand -base64 48\) docker compose -f \S+ up --build$|^openssl rand -base64 48 \| gcloud |^cp examples\/studio\/deploy\/\S+ \/etc\/|^systemctl /,
  file: 'tools/deployment.test.ts',
  title: 'the deployment recipes',
};

describe('the commands of the documentation', () => {
  it('are all run by a test, or need an account or a machine of their own', async () => {
    const known = [...SHOWN, ELSEWHERE].map(({ command }) => command);
    const unknown = commands.filter(
      ({ line }) => ![START, SERVER, REQUEST, ...known].some((pattern) => pattern.test(line)),
    );
    expect(unknown).toEqual([]);
    for (const test of [...SHOWN, ELSEWHERE]) {
      expect(commands.filter(({ line }) => test.command.test(line)).length, String(test.command)).toBeGreaterThan(0);
      expect(await hasTest(test), `${test.file}: ${test.title}`).toBe(true);
    }
  });

  it.each(commands.filter(({ line }) => START.test(line)))(
    'start the studio as $document says: $line',
    async ({ line }) => {
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

  it('name no script that the workspace does not have', async () => {
    const { scripts } = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8'));
    const studio = JSON.parse(await readFile(join(workspace, 'examples/studio/package.json'), 'utf8'));
    const known = new Set([...Object.keys(scripts), ...Object.keys(studio.scripts), 'exec', 'install']);
    const named = (await namedScripts()).map(({ document, line }) => {
      const [, script = line] = /^(?:pnpm|npm run|npm|node tools\/run\.mjs) ([\w:-]+)/.exec(line) ?? [];
      return { document, line, script };
    });
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ script }) => !known.has(script))).toEqual([]);
  });

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
    const [, file = ''] = SERVER.exec(line) ?? [];
    const program = await startProgram(workspace, [file], keyOf(line));
    try {
      expect((await fetch(program.url)).status).toBe(200);
      for (const request of commands.filter((command) => command.document === document)) {
        const [, method = '', path = ''] = REQUEST.exec(request.line) ?? [];
        if (path === '') continue;
        const response = await fetch(new URL(path, program.url), { method });
        expect(response.ok, request.line).toBe(true);
      }
    } finally {
      await program.stop();
    }
  });
});

/** Without a call nobody dials with it. */
function keyOf(line: string): Record<string, string> {
  return line.startsWith('GEMINI_API_KEY=') ? { GEMINI_API_KEY: 'a-key-that-nobody-dials-with' } : {};
}
