// The code in the documentation is the code of files that are compiled, and run where they can be. Above each block stands
// where it comes from: `<!-- from: path -->`, or `<!-- from: path#region -->` for the lines between `// #region region` and
// `// #endregion` of it. `node tools/snippets.mjs` writes the blocks anew; without differences it changes nothing.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './workspace.mjs';

const block = /^(<!-- from: (\S+) -->\n```(\w+)\n)([\s\S]*?)(?=^```$)/gm;

/** Every page, relative to the root, but those that are generated or are about a change. */
export function documents() {
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md'];
  for (const folder of ['docs', 'packages', 'examples', 'tools']) {
    const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.md') && !/\/(node_modules|dist|data|artifacts)\//.test(path))
      .filter((path) => !/^docs\/(api|site)\/|\/CHANGELOG\.md$/.test(path));
    pages.push(...found);
  }
  return pages.sort();
}

/** Every block of a document: language, what is in it, and the file it comes from (`null` where none is named). */
export function blocksOf(text) {
  return [...text.matchAll(/^(?:<!-- from: (\S+) -->\n)?```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, source = null, language = '', code = '']) => ({ source, language, code }),
  );
}

/** Whether its blocks of TypeScript are compiled as they stand there, strictly and twice, by e2e/packages.test.ts. */
export function isReadme(path) {
  return path === 'README.md' || /^packages\/[^/]+\/(README\.md|docs\/)/.test(path);
}

/** The document with every block as its file has it now. */
export function withSnippets(text) {
  return text.replace(block, (_, head, source) => head + snippet(source));
}

/** @throws Error for a file or region that is not there. */
export function snippet(source) {
  const [path = '', region] = source.split('#');
  const text = readFileSync(join(root, path), 'utf8');
  if (region === undefined) return `${text.trimEnd()}\n`;
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const end = lines.findIndex((line, at) => at > start && line.trim() === '// #endregion');
  if (start < 0 || end < 0) throw new Error(`${path} has no "// #region ${region}" that ends with "// #endregion".`);
  const chosen = lines.slice(start + 1, end);
  const indent = Math.min(...chosen.filter(Boolean).map((line) => line.length - line.trimStart().length));
  return `${chosen
    .map((line) => line.slice(indent))
    .join('\n')
    .trim()}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const path of documents()) {
    const text = readFileSync(join(root, path), 'utf8');
    const current = withSnippets(text);
    if (current === text) continue;
    writeFileSync(join(root, path), current);
    console.log(`wrote ${path}`);
  }
}
