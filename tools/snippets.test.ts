import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error A script without types.
import { blocksOf, documents, isReadme, withSnippets } from './snippets.mjs';

interface Block {
  readonly source: string | null;
  readonly language: string;
  readonly code: string;
}

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = (documents() as string[]).map((path) => ({ path, text: read(path) }));
const blocks = pages.flatMap(({ path, text }) => (blocksOf(text) as Block[]).map((block) => ({ path, ...block })));

/** What runs, reads or follows the files that blocks come from. */
const RUN_BY = [
  { files: /^examples\/snippets\/.*(?:\.page\.ts|\.tsx)$/, test: 'e2e/guide-pages.test.ts', says: 'isForPage' },
  { files: /^examples\/snippets\/.*\.ts$/, test: 'examples/snippets/test/guides.test.ts', says: 'import(' },
  { files: /^examples\/quickstart\//, test: 'e2e/packages.test.ts', says: 'docs/guides/getting-started.md' },
  { files: /^examples\/express\/test\/server-suite\.ts$/, test: 'examples/express/test/app.test.ts' },
  { files: /^e2e\/adopter\/from-code\.ts$/, test: 'e2e/commands.test.ts' },
  { files: /^e2e\/pages\/strict\/bundled\.ts$/, test: 'e2e/strict-policy.test.ts', says: 'pages/strict/' },
  { files: /^tools\/fake-gcs\/test\/fake-gcs\.test\.ts$/, test: 'tools/fake-gcs/test/fake-gcs.test.ts', says: '  it(' },
  { files: /\/studio\/Dockerfile$/, test: 'e2e/image.test.ts' },
  { files: /\/deploy\/prometheus\.yml$/, test: 'examples/studio/server/metrics.test.ts' },
  {
    files: /\/deploy\/(?:Caddyfile|cloudbuild\.yaml|colloquy-studio\.service|compose\.yaml|haproxy\.cfg)$/,
    test: 'tools/deployment.test.ts',
  },
];

/** What shows that a block is right; `null` where nothing does. */
function shownBy({ path, source, language }: Block & { readonly path: string }): string | null {
  if (source !== null) return 'the test of the file that it comes from, below';
  if (language === 'sh') return 'e2e/commands.test.ts';
  if (isReadme(path) && /^tsx?$/.test(language)) return 'e2e/packages.test.ts';
  if (language === 'json') return 'the test below';
  return language === '' || language === 'text' ? 'nothing has to: a message, a drawing, what a program prints' : null;
}

describe('the code of the documentation', () => {
  it.each(pages)('is that of the files it comes from in $path; else run `node tools/snippets.mjs`', ({ text }) => {
    expect(withSnippets(text)).toBe(text);
  });

  it('is all run or compiled by something; a block that is not needs a file that it comes from', () => {
    expect(blocks.filter((block) => shownBy(block) === null)).toEqual([]);
    expect(new Set(blocks.map(shownBy)).size).toBe(5);
  });

  it('of a file is run, read or followed by a test that names the file', () => {
    const sources = new Set(blocks.flatMap(({ source }) => source?.split('#')[0] ?? []));
    for (const source of sources) {
      const by = RUN_BY.find(({ files }) => files.test(source));
      expect(by && read(by.test), source).toContain(by?.says ?? basename(source));
    }
    expect(RUN_BY.filter(({ files }) => ![...sources].some((source) => files.test(source)))).toEqual([]);
  });

  it('is found whatever it looks like: no fence is indented, of other marks or left open, and no block has none', () => {
    for (const { path, text } of pages) {
      const fences = text.match(/^[ \t>-]*(```|~~~).*$/gm) ?? [];
      expect(
        fences.filter((fence) => !/^```\w*$/.test(fence)),
        path,
      ).toEqual([]);
      expect(fences.length, path).toBe(2 * (blocksOf(text) as Block[]).length);
      const rest = text.replace(/^```[\s\S]*?^```$/gm, '');
      expect(rest.match(/\n\n(?: {4}|\t).*/g) ?? [], `indented code in ${path}`).toEqual([]);
    }
  });

  it('of the quickstart is one server file and one page, under 80 lines together', () => {
    const sources = readdirSync(join(root, 'examples/quickstart')).filter((file) =>
      /\.(ts|tsx|js|mjs|html|css)$/.test(file),
    );
    expect(sources.sort()).toEqual(['index.html', 'server.ts']);
    const lines = sources.map((file) => read(`examples/quickstart/${file}`).trimEnd().split('\n').length);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(80);
    const widest = sources
      .flatMap((file) => read(`examples/quickstart/${file}`).split('\n'))
      .map(({ length }) => length);
    expect(Math.max(...widest)).toBeLessThanOrEqual(120);
  });

  it('is JSON where it says so, a value or one a line', () => {
    const isJson = (code: string): boolean => {
      try {
        JSON.parse(code);
        return true;
      } catch {
        return false;
      }
    };
    const wrong = blocks
      .filter(({ language }) => language === 'json')
      .filter(({ code }) => !isJson(code) && !code.trim().split('\n').every(isJson));
    expect(wrong).toEqual([]);
  });

  it('shows every file of the snippets', () => {
    const shown = blocks.map(({ source }) => source?.split('#')[0]);
    const files = readdirSync(join(root, 'examples/snippets'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && !/^(node_modules|test|support)\b/.test(path))
      .map((path) => `examples/snippets/${path}`.replaceAll('\\', '/'));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !shown.includes(file))).toEqual([]);
  });
});
