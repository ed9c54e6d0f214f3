import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CopiedExample, node, nodeWith } from './install.ts';
import type { Neighbours } from './neighbours.ts';

/** Examples of which more is looked at than that they run, by a look of looks.mjs: words by which each is known. */
export const LOOKS = {
  anySdk: 'new GoogleGenAI({ apiKey: ticket',
  recording: 'startRecorder({',
  storeBehind: "cold: gcsColdStore({ bucket: 'my-rooms', prefix",
  sharedLog: 'onWarning: console.warn',
  sharedRooms: 'node: redisNode(',
  storeBehindRedis: 'engine: redisEngine({ connection:',
};

/** Runs examples one after the other, in one program; resolves to the looks at them. */
export async function runExamples(
  project: string,
  examples: readonly CopiedExample[],
  neighbours: Neighbours,
): Promise<readonly string[]> {
  const runs = await Promise.all(
    examples.map(async ({ file, code }) => {
      // They name the same files: each has a folder of its own.
      const at = join('run', file.replace(/\.ts$/, ''), 'example.ts');
      await mkdir(dirname(join(project, at)), { recursive: true });
      await writeFile(join(project, at), `${neighbours.here(code)}\nexport { ${namesOf(code).join(', ')} };\n`);
      const look = Object.entries(LOOKS).find(([, words]) => code.includes(words))?.[0] ?? null;
      return { file, at, look };
    }),
  );
  const script = `
    import { dirname, resolve } from 'node:path';
    import * as looks from './src/looks.mjs';
    import './src/placeholders.mjs';
    const root = process.cwd();
    for (const { file, at, look } of ${JSON.stringify(runs)}) {
      process.chdir(dirname(resolve(root, at)));
      await import(resolve(root, at)).then((names) => looks[look]?.(names)).catch((cause) => {
        throw new Error(\`\${file} does not run, or do what it says\`, { cause });
      });
    }
    console.log('all ran');
    process.exit(0);`;
  const program = 'run-examples.mjs';
  await writeFile(join(project, program), script);
  const printed = await nodeWith(neighbours.environment, project, '--disable-warning=ExperimentalWarning', program);
  if (!printed.endsWith('all ran\n')) throw new Error(`Not all ran: ${printed}`);
  return runs.flatMap(({ look }) => look ?? []);
}

/** What an example names at its top level. */
function namesOf(code: string): readonly string[] {
  const found = code.matchAll(/^(?:const|let) (?:\{([^}]+)\}|(\w+))|^(?:async )?function (\w+)/gm);
  return [...found].flatMap(([, several, one, called]) => {
    if (several === undefined) return one ?? called ?? [];
    return several.split(',').map((name) => name.replace(/^.*:/, '').trim());
  });
}

/** Runs test files with vitest, as somebody does who has it installed in `project`; what became of the tests of each. */
export async function vitest(
  project: string,
  files: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const report = join(project, 'tests.json');
  const command = ['node_modules/vitest/vitest.mjs', 'run', ...files, '--reporter=json', `--outputFile=${report}`];
  // It ends with an error when a test fails.
  await node(project, ...command).catch(() => '');
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as {
    readonly testResults: readonly {
      readonly name: string;
      readonly assertionResults: readonly { readonly status: string }[];
    }[];
  };
  return new Map(
    testResults.map(({ name, assertionResults }) => [basename(name), assertionResults.map(({ status }) => status)]),
  );
}
