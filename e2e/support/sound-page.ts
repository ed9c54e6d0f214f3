import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { PageFile, ServePage } from './scripted-model.ts';

const html = '<!doctype html><link rel="icon" href="data:,"><title>sound</title><script src="/page.js"></script>';

/** Serves the page of `pages/sound`, bundled as one script. */
export async function soundPage(headers: PageFile['headers'] = {}): Promise<ServePage> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../pages/sound/main.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  return (path) => {
    if (path === '/') return { type: 'text/html', body: html, headers };
    return path === '/page.js' ? { type: 'text/javascript', body: script, headers } : null;
  };
}
