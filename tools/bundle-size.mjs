// What a page loads for the browser client before it can connect: bundled and minified with everything that is imported
// at once, then compressed. Worklets and codecs are chunks of their own, loaded with the first sound or picture. And what
// the studio's page loads before it can be used.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { at, root } from './workspace.mjs';

const readme = 'packages/live-client/README.md';
const studioReadme = 'examples/studio/README.md';

/** Largest size of the studio's first load in kB of 1,000 bytes, compressed as its server does it. */
const studioMaxKb = 350;

/** Largest size of each class in kB of 1,000 bytes. */
const limits = [
  { imports: 'GeminiLiveAPI', maxKb: 25 },
  { imports: 'RoomClient', maxKb: 30 },
];

/** @returns whether every class, and the studio's page, is within its limit and the README tells the limit. */
export async function checkBundleSizes() {
  let fine = checkStudio();
  for (const { imports, maxKb } of limits) {
    const kb = await sizeOf(imports);
    console.log(`  ${imports}: ${kb.toFixed(1)} kB gzip (at most ${maxKb})`);
    if (kb > maxKb) {
      fine = false;
      console.error(`${imports} is ${kb.toFixed(1)} kB gzip, more than ${maxKb} kB.`);
    }
    const said = `\`${imports}\` ≤ ${maxKb} kB`;
    if (!readFileSync(at(readme), 'utf8').includes(said)) {
      fine = false;
      console.error(`${readme} has to say "${said}", which is what is checked.`);
    }
  }
  return fine;
}

function checkStudio() {
  const kb = studioFirstLoad().reduce((sum, { gzip }) => sum + gzip, 0) / 1000;
  console.log(`  studio, first load: ${kb.toFixed(1)} kB gzip (at most ${studioMaxKb})`);
  if (kb > studioMaxKb) {
    console.error(`The studio's first load is ${kb.toFixed(1)} kB gzip, more than ${studioMaxKb} kB.`);
    return false;
  }
  const said = `≤ ${studioMaxKb} kB`;
  if (!readFileSync(at(studioReadme), 'utf8').includes(said)) {
    console.error(`${studioReadme} has to say "${said}", which is what is checked.`);
    return false;
  }
  return true;
}

/**
 * What the built page of the studio loads at once, with its compressed size in bytes: the page, its styles, its scripts,
 * and what those import other than by `import()`.
 *
 * @throws Error for a page that loads no script: then this looks in the wrong place.
 */
export function studioFirstLoad() {
  const folder = at('examples/studio/dist');
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    if (!name.endsWith('.js')) return;
    const code = readFileSync(join(folder, name), 'utf8');
    for (const [, imported] of code.matchAll(/\b(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
      add(join(name, '..', imported).replaceAll('\\', '/'));
    }
  };
  for (const [, address] of page.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="\/([^"]+)"/g)) add(address);
  if (![...found].some((name) => name.endsWith('.js'))) throw new Error(`${folder}/index.html loads no script.`);
  return ['index.html', ...found].map((name) => {
    const bytes = readFileSync(join(folder, name));
    return { name, gzip: gzipSync(bytes, { level: 9 }).length };
  });
}

async function sizeOf(imports) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${imports} } from './dist/index.js';`, resolveDir: at('packages/live-client') },
    bundle: true,
    splitting: true,
    metafile: true,
    absWorkingDir: root,
    outdir: 'out',
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const compressed = new Map(
    outputFiles.map(({ path, contents }) => [
      relative(root, path).replaceAll('\\', '/'),
      gzipSync(contents, { level: 9 }),
    ]),
  );
  const first = Object.keys(metafile.outputs).find((name) => name.endsWith('/stdin.js'));
  let bytes = 0;
  for (const name of loadedAtOnce(first, metafile.outputs)) bytes += compressed.get(name)?.length ?? 0;
  return bytes / 1000;
}

/** A file and everything that it imports other than by `import()`. */
function loadedAtOnce(name, outputs, found = new Set()) {
  found.add(name);
  for (const { path, kind } of outputs[name]?.imports ?? []) {
    if (kind === 'import-statement' && !found.has(path)) loadedAtOnce(path, outputs, found);
  }
  return found;
}
