// Everything `npm test` shows, in one run: types, lint, package checks, then unit, integration and browser tests.
// Its last line is `N passed, N failed`. With arguments it runs only vitest, and passes them on.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { prepareSystemParts } from './system-parts.mjs';
import { at, run } from './workspace.mjs';

const args = process.argv.slice(2);
const node = process.execPath;
const vitest = at('node_modules/vitest/vitest.mjs');
const report = at('node_modules/.cache/test/vitest.json');

const { env: found, missing, failures } = prepareSystemParts();
const env = { ...process.env, ...found };
for (const sentence of missing) console.error(`! ${sentence}`);

if (args.length > 0) process.exit(await run(node, [vitest, 'run', ...args], { env }));

const totals = { passed: 0, failed: 0, skipped: 0 };

// The reference takes one core for as long as all the others together.
await Promise.all([
  check('documentation builds', [at('tools/build-docs.mjs')]),
  (async () => {
    await check('types', [at('tools/typecheck.mjs')]);
    await check('lint and format', [at('node_modules/@biomejs/biome/bin/biome'), 'ci', '.']);
    await check('lock file has every platform', [at('tools/check-lock.mjs')]);
    await check('no unused files, exports or dependencies', [at('node_modules/knip/bin/knip.js'), '--no-progress']);
    await check('packages are publishable', [at('tools/check-packages.mjs')]);
  })(),
]);
totals.failed += failures;
await tests();

if (totals.skipped > 0) console.log(`${totals.skipped} skipped`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed > 0 ? 1 : 0);

async function check(title, command) {
  const started = performance.now();
  const code = await run(node, command, { env });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? '✓' : '✗'} ${title} (${seconds} s)`);
  totals[code === 0 ? 'passed' : 'failed'] += 1;
}

async function tests() {
  rmSync(report, { force: true });
  mkdirSync(at('node_modules/.cache/test'), { recursive: true });
  const code = await run(
    node,
    [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { env },
  );
  const result = readReport();
  totals.passed += result.numPassedTests;
  totals.failed += result.numFailedTests;
  totals.skipped += result.numPendingTests + result.numTodoTests;
  // A file that does not load, or an error outside of tests, fails no single test: it still is a failure.
  if (code !== 0 && result.numFailedTests === 0) totals.failed += 1;
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    // vitest died before it could write: the exit code says so, and counts as a failure above
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}
