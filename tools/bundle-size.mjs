// What a page loads for the browser client before it can connect: bundled and minified with everything that is imported
// at once, then compressed. Worklets and codecs are chunks of their own, loaded with the first sound or picture.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { at, root } from './workspace.mjs';

const readme = 'packages/live-client/README.md';

/** Largest size of each class in kB of 1,000 bytes. */
const limits = [
  { imports: 'GeminiLiveAPI', maxKb: 25 },
  { imports: 'RoomClient', maxKb: 30 },
];

/** @returns whether every class is within its limit and the README tells the limit. */
export async function checkBundleSizes() {
  let fine = true;
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
