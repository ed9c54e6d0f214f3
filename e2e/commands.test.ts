import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentedCommands, hasTest } from './adopter/documented-commands.ts';
import { startProgram } from './adopter/program.ts';

const workspace = fileURLToPath(new URL('../', import.meta.url));
const commands = await documentedCommands();

/** What starts a server that is in the repository: it is started below, as it stands. */
const SERVER = /^(?:GEMINI_API_KEY=… )?node tools\/run\.mjs exec node (examples\/\S+\.ts)$/;
/** What is asked of the server above it. */
const REQUEST = /^curl -X (\w+) 'http:\/\/127\.0\.0\.1:8080(\S+)'$/;

/** Commands that another test runs, in their words or, where they name a port or a place, with one of its own. */
const SHOWN = [
  {
    command: /^npm start$|^GEMINI_API_KEY=… npm start$/,
    file: 'examples/studio/server/command.test.ts',
    title: 'serves',
  },
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

/** Commands that change an account or a machine. The recipes that they use are checked without them. */
const ELSEWHERE = {
  command:
    /^gcloud |^COLLOQUY_SECRET=\$\(openssl rand -base64 48\) docker compose -f \S+ up --build$|^openssl rand -base64 48 \| gcloud |^cp examples\/studio\/deploy\/\S+ \/etc\/|^systemctl /,
  file: 'tools/deployment.test.ts',
  title: 'the deployment recipes',
};

describe('the commands of the documentation', () => {
  it('are all run by a test, or need an account or a machine of their own', async () => {
    const known = [...SHOWN, ELSEWHERE].map(({ command }) => command);
    const unknown = commands.filter(({ line }) => ![SERVER, REQUEST, ...known].some((pattern) => pattern.test(line)));
    expect(unknown).toEqual([]);
    for (const test of [...SHOWN, ELSEWHERE]) {
      expect(commands.filter(({ line }) => test.command.test(line)).length, String(test.command)).toBeGreaterThan(0);
      expect(await hasTest(test), `${test.file}: ${test.title}`).toBe(true);
    }
  });

  const servers = commands.filter(({ line }) => SERVER.test(line));
  it.each(servers)('serve what $document says: $line', async ({ document, line }) => {
    const [, file = ''] = SERVER.exec(line) ?? [];
    const key: Record<string, string> = line.startsWith('GEMINI_API_KEY=')
      ? { GEMINI_API_KEY: 'a-key-that-nobody-dials-with' }
      : {};
    const program = await startProgram(workspace, [file], key);
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
