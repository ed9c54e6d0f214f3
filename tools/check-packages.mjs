// Packs every package as it would be published and holds the tarball against publint and are-the-types-wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBundleSizes } from './bundle-size.mjs';
import { at } from './workspace.mjs';

const pnpm = at('tools/pnpm/node_modules/pnpm/bin/pnpm.cjs');
const directory = mkdtempSync(join(tmpdir(), 'colloquy-pack-'));
let failed = false;

try {
  for (const name of readdirSync(at('packages'))) {
    const cwd = at('packages', name);
    const tarball = join(directory, `${name}.tgz`);
    step(name, 'pnpm pack', [pnpm, 'pack', '--out', tarball], cwd);
    console.log(`  ${name}: ${(statSync(tarball).size / 1000).toFixed(0)} kB packed`);
    step(name, 'publint', [at('node_modules/publint/src/cli.js'), tarball, '--strict'], cwd);
    step(name, 'types', [at('node_modules/@arethetypeswrong/cli/dist/index.js'), tarball, ...typeOptions(cwd)], cwd);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
if (!(await checkBundleSizes())) failed = true;
process.exit(failed ? 1 : 0);

/** The packages are ESM only, and files that are no modules for an importer (worklets) have no types. */
function typeOptions(cwd) {
  const { exports } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
  const untyped = Object.keys(exports).filter((entry) => entry.includes('*'));
  return ['--profile', 'esm-only', ...(untyped.length > 0 ? ['--exclude-entrypoints', ...untyped] : [])];
}

function step(name, title, args, cwd) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  failed = true;
  console.error(`${name}: ${title} failed\n${stdout}${stderr}`);
}
