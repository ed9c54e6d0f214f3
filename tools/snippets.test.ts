import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error A script without types.
import { blocksOf, documents, withSnippets } from './snippets.mjs';

interface Block {
  readonly source: string | null;
  readonly language: string;
  readonly code: string;
}

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const guides = (documents() as string[]).map((path) => ({ path, text: read(path) }));

/** Languages of blocks that nobody runs: messages, output of programs, drawings. */
const NOT_CODE = new Set(['', 'json', 'text']);
/** Commands have a test of their own. */
const COMMANDS = 'sh';

describe('the code of the documentation', () => {
  it.each(guides)('is that of the files it comes from in $path; else run `node tools/snippets.mjs`', ({ text }) => {
    expect(withSnippets(text)).toBe(text);
  });

  it.each(guides)('comes from a file in $path', ({ text }) => {
    const loose = (blocksOf(text) as Block[]).filter(
      ({ source, language }) => source === null && language !== COMMANDS && !NOT_CODE.has(language),
    );
    expect(loose).toEqual([]);
  });

  it('shows every file of the snippets', () => {
    const shown = guides.flatMap(({ text }) => (blocksOf(text) as Block[]).map(({ source }) => source?.split('#')[0]));
    const files = readdirSync(join(root, 'examples/snippets'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && !/^(node_modules|test|support)\b/.test(path))
      .map((path) => `examples/snippets/${path}`.replaceAll('\\', '/'));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !shown.includes(file))).toEqual([]);
  });
});
