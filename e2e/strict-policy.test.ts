import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { knownMicrophone } from './support/microphone-sound.ts';
import { type PageFile, ScriptedModel } from './support/scripted-model.ts';

const pages = fileURLToPath(new URL('pages/strict/', import.meta.url));
const folders: Readonly<Record<string, string>> = {
  'live-client': '../packages/live-client/dist/',
  'live-protocol': '../packages/live-protocol/dist/',
  // What live-protocol imports.
  valibot: '../packages/live-protocol/node_modules/valibot/dist/',
  // What live-client imports.
  eventemitter3: '../packages/live-client/node_modules/eventemitter3/dist/',
};

const importMap = JSON.stringify({
  imports: {
    '@colloquy/live-client': '/live-client/index.js',
    '@colloquy/live-protocol': '/live-protocol/index.js',
    '@colloquy/live-protocol/describe-close': '/live-protocol/describe-close.js',
    valibot: '/valibot/index.mjs',
    eventemitter3: '/eventemitter3/eventemitter3.esm.js',
  },
});
const hash = createHash('sha256').update(importMap).digest('base64');

/** No `blob:`, no `data:`, no `unsafe-inline`, no `unsafe-eval`. */
const POLICY = "default-src 'self'; script-src 'self'; worker-src 'self'; object-src 'none'";
const POLICY_WITH_MAP = POLICY.replace("script-src 'self'", `script-src 'self' 'sha256-${hash}'`);

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.html': 'text/html',
};

async function fileOf(folder: string, name: string): Promise<PageFile | null> {
  const body = await readFile(join(folder, name)).catch(() => null);
  return body && { type: types[extname(name)] ?? 'application/octet-stream', body };
}

/** A page of ours as the browser gets it: without its types, and nothing else changed. */
async function moduleOf(name: string): Promise<PageFile> {
  const { code } = await transform(await readFile(join(pages, `${name}.ts`), 'utf8'), { loader: 'ts' });
  return { type: 'text/javascript', body: code };
}

async function asModules(path: string): Promise<PageFile | null> {
  if (path === '/') {
    const body = `<!doctype html><title>modules</title><script type="importmap">${importMap}</script><script type="module" src="/modules.js"></script>`;
    return { type: 'text/html', body, headers: { 'content-security-policy': POLICY_WITH_MAP } };
  }
  const own = /^\/(modules|check)\.js$/.exec(path)?.[1];
  if (own) return moduleOf(own);
  const [, name = '', rest = ''] = /^\/(live-client|live-protocol|valibot|eventemitter3)\/([\w/.-]+)$/.exec(path) ?? [];
  const folder = folders[name];
  return folder === undefined ? null : fileOf(fileURLToPath(new URL(folder, import.meta.url)), rest);
}

describe.skipIf(skipReason)(`a policy that forbids blob: and eval${skipReason}`, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colloquy-strict-'));
    browser = await launchChromium([await knownMicrophone(folder)]);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function visit(serve: (path: string) => Promise<PageFile | null>) {
    const server = await ScriptedModel.start(serve);
    const context = await browser.newContext({ permissions: ['microphone', 'camera'] });
    try {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      const workers: string[] = [];
      page.on('worker', (worker) => workers.push(new URL(worker.url()).pathname));
      await page.goto(server.url);
      await eventually('the page has its modules', () => page.evaluate(() => window.strict !== undefined));
      const result = await page.evaluate(() => window.strict?.());
      return { result, problems, workers };
    } finally {
      await context.close();
      await server.stop();
    }
  }

  const everythingWorks = {
    captured: ['track', 'worklet'],
    playedSamples: 24_000,
    filmed: ['vp8 key', ...new Array(9).fill('vp8')],
    picture: 'ff d8 ff',
    inline: 'ERR_WORKLET_LOAD',
  };

  it('lets a page that Vite built hear, speak and film with the worklets and the workers as files', async () => {
    const { build } = await import('vite');
    const outDir = join(folder, 'out');
    await build({
      root: pages,
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir,
        emptyOutDir: true,
        // A worklet that became a data: URL would be against the policy.
        assetsInlineLimit: (file) => (/-work(let|er)\.js$/.test(file) ? false : undefined),
      },
    });
    const { result, problems, workers } = await visit(async (path) => {
      const file = await fileOf(outDir, path === '/' ? 'index.html' : path);
      return file && { ...file, headers: { 'content-security-policy': POLICY } };
    });
    expect(problems).toEqual([]);
    // Only the microphone and the camera that were told of the files have one: what a policy forbids is not there.
    expect(workers).toEqual([
      expect.stringMatching(/^\/assets\/capture-worklet-[\w-]+\.js$/),
      expect.stringMatching(/^\/assets\/picture-worker-[\w-]+\.js$/),
    ]);
    expect(result).toEqual(everythingWorks);
  });

  it('lets a page of plain modules hear, speak and film with the worklets and the workers as files', async () => {
    const { result, problems, workers } = await visit(asModules);
    expect(problems).toEqual([]);
    expect(workers).toEqual(['/live-client/worklets/capture-worklet.js', '/live-client/worklets/picture-worker.js']);
    expect(result).toEqual(everythingWorks);
  });
});
