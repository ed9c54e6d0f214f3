// Publishes what is not published yet; called by .github/workflows/release.yml after the packages were built and checked.
// `--dry-run` packs and shows what would go out, and leaves the manifests as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { at, must } from './workspace.mjs';

const dryRun = process.argv.includes('--dry-run');
const pnpm = at('tools/pnpm/node_modules/pnpm/bin/pnpm.cjs');
const { GITHUB_SERVER_URL = 'https://github.com', GITHUB_REPOSITORY } = process.env;

if (!dryRun) {
  if (!GITHUB_REPOSITORY) {
    console.error('GITHUB_REPOSITORY is not set: packages are published by the release workflow, with its provenance.');
    process.exit(1);
  }
  for (const name of readdirSync(at('packages'))) addRepository(name);
}
const filter = ['--recursive', '--filter', './packages/*'];
const flags = ['--access', 'public', '--no-git-checks', ...(dryRun ? ['--dry-run'] : ['--provenance'])];
await must(process.execPath, [pnpm, ...filter, 'publish', ...flags]);
if (!dryRun) await must(process.execPath, [at('node_modules/@changesets/cli/bin.js'), 'tag']);

/** npm compares it with the repository that the provenance names. */
function addRepository(name) {
  const file = at('packages', name, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  manifest.repository = {
    type: 'git',
    url: `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`,
    directory: `packages/${name}`,
  };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
