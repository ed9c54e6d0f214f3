// What a page pays for the browser client: bundled and minified with everything it imports, then compressed.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { at } from './workspace.mjs';

const readme = 'packages/live-client/README.md';

/** Largest size of each entry in kB of 1,000 bytes, and the words that say it in the README. */
const limits = [{ what: 'GeminiLiveAPI alone', imports: 'GeminiLiveAPI', from: 'dist/index.js', maxKb: 25 }];

/** @returns whether every entry is within its limit and the README tells the truth. */
export async function checkBundleSizes() {
  let fine = true;
  for (const { what, imports, from, maxKb } of limits) {
    const kb = await sizeOf(imports, from);
    const said = `${Math.ceil(kb)} kB`;
    console.log(`  ${what}: ${kb.toFixed(1)} kB gzip (at most ${maxKb})`);
    if (kb > maxKb) {
      fine = false;
      console.error(`${what} is ${kb.toFixed(1)} kB gzip, more than ${maxKb} kB.`);
    }
    const line = readFileSync(at(readme), 'utf8').match(new RegExp(`^.*${what}.*$`, 'm'))?.[0] ?? '';
    if (!line.includes(said)) {
      fine = false;
      console.error(`${readme} has to say that ${what} is ${said}; it says "${line}".`);
    }
  }
  return fine;
}

async function sizeOf(imports, from) {
  const result = await build({
    stdin: {
      contents: `export { ${imports} } from './${from}';`,
      resolveDir: at('packages/live-client'),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return gzipSync(result.outputFiles[0].contents, { level: 9 }).length / 1000;
}
