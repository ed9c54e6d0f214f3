// `import source from './x-worklet.ts?worklet'` answers the bundled, minified worklet as text, in esbuild (the package
// build) and in Vite (tests that run from sources).
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const query = /\?worklet$/;

/** The esbuild plugin. */
export function inlineWorklet() {
  return {
    name: 'inline-worklet',
    setup(esbuild) {
      esbuild.onResolve({ filter: query }, (args) => ({
        path: resolve(args.resolveDir, args.path.replace(query, '')),
        namespace: 'worklet',
      }));
      esbuild.onLoad({ filter: /.*/, namespace: 'worklet' }, async ({ path }) => ({
        loader: 'text',
        watchFiles: [path],
        contents: await bundle(path),
      }));
    },
  };
}

/** The same for Vite and Vitest. */
export function inlineWorkletForVite() {
  let root = process.cwd();
  return {
    name: 'inline-worklet',
    enforce: 'pre',
    configResolved(config) {
      root = config.root;
    },
    resolveId(source, importer) {
      if (!query.test(source)) return;
      // An id that was resolved before comes back in Vite's own form: absolute, from the project's root.
      if (source.startsWith('/')) return source.startsWith(root) ? source : join(root, source);
      if (importer) return resolve(dirname(importer), source);
    },
    async load(id) {
      if (query.test(id)) return `export default ${JSON.stringify(await bundle(id.replace(query, '')))}`;
    },
  };
}

async function bundle(path) {
  const result = await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  return result.outputFiles[0].text;
}
