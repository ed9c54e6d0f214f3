import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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

/** What shows that a block is right; `null` where nothing does. */
function shownBy({ path, source, language }: Block & { readonly path: string }): string | null {
  if (source !== null) return 'the file that it comes from, which is compiled, run or read by a test of its own';
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

  it('is found whatever its fence looks like: none is indented, of other marks, or left open', () => {
    for (const { path, text } of pages) {
      const fences = text.match(/^[ \t>-]*(```|~~~).*$/gm) ?? [];
      expect(
        fences.filter((fence) => !/^```\w*$/.test(fence)),
        path,
      ).toEqual([]);
      expect(fences.length, path).toBe(2 * (blocksOf(text) as Block[]).length);
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
