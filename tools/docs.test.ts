import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.includes('/src/') && path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .filter((path) => !path.includes('node_modules') && !path.includes('/dist'));
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('site'))
    .map((path) => `docs/${path}`),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
  'packages/room-core/SPEC.md',
  ...readdirSync(join(root, 'examples'))
    .map((name) => `examples/${name}/README.md`)
    .filter((path) => exists(path)),
];

describe('the documentation', () => {
  it('explains every error code that the sources have', () => {
    const page = read('docs/errors.md');
    const codes = new Set(sources.flatMap((path) => read(`packages/${path}`).match(/'ERR_[A-Z0-9_]+'/g) ?? []));
    expect(codes.size).toBeGreaterThan(50);
    expect([...codes].map((code) => code.slice(1, -1)).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  it('explains no error code that the sources do not have', () => {
    const text = sources.map((path) => read(`packages/${path}`)).join('\n');
    const codes = read('docs/errors.md').match(/`ERR_[A-Z0-9_]+`/g) ?? [];
    const isDevice = (code: string): boolean => /^ERR_(MICROPHONE|CAMERA|SCREEN)_/.test(code);
    expect(codes.map((code) => code.slice(1, -1)).filter((code) => !isDevice(code) && !text.includes(code))).toEqual(
      [],
    );
  });

  it('says of every error code what it means, whether to retry, and has a row of its own', () => {
    const rows = read('docs/errors.md')
      .split('\n')
      .filter((line) => line.startsWith('| `ERR_'));
    const tables = read('docs/errors.md').match(/^\| Code .*$/gm) ?? [];
    expect(tables.filter((header) => !/Retry|Class/.test(header) || !header.includes('What to do'))).toEqual([]);
    const cells = (row: string): string[] => row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    expect(rows.length).toBeGreaterThan(100);
    // Where it is allowed to be empty: the close code of what closes nothing.
    expect(rows.filter((row) => cells(row)[2] === '' || cells(row).at(-2) === '')).toEqual([]);
  });

  it('has no link to a file that is not there', () => {
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target]) => join(dirname(document), target ?? ''))
        .filter((target) => !exists(target))
        .map((target) => `${document} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('has no link to a heading that is not there', () => {
    const anchors = new Map<string, ReadonlySet<string>>();
    const anchorsOf = (path: string): ReadonlySet<string> => {
      const known =
        anchors.get(path) ?? new Set([...read(path).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => slug(text)));
      anchors.set(path, known);
      return known;
    };
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g)]
        .map(([, target, anchor = '']) => ({ path: target ? join(dirname(document), target) : document, anchor }))
        .filter(({ path, anchor }) => path.endsWith('.md') && !anchorsOf(path).has(anchor))
        .map(({ path, anchor }) => `${document} → ${path}#${anchor}`),
    );
    expect(broken).toEqual([]);
  });

  it('has a test for every rule of rooms, whose title begins with the rule', () => {
    const rules = [...read('packages/room-core/SPEC.md').matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)].map(([, rule]) => rule);
    const tests = readdirSync(join(root, 'packages/room-core'), { recursive: true, encoding: 'utf8' })
      .filter(
        (path) => /\.test\.ts$|-contract\.ts$|src\/testing\/engine\//.test(path) && !/node_modules|dist/.test(path),
      )
      .map((path) => read(`packages/room-core/${path}`))
      .join('\n');
    expect(rules.length).toBeGreaterThan(50);
    expect(rules.filter((rule) => !new RegExp(`['"\`][^'"\`]{0,40}\\b${rule}\\b`).test(tests))).toEqual([]);
  });

  it('names for every failure scenario of rooms a file, and that file has a test with its number', () => {
    const rows = [...read('packages/room-core/SPEC.md').matchAll(/^\| (\d+) \| .* \| `([^`]+)` \|$/gm)];
    const numbers = rows.map(([, number]) => Number(number));
    const wanted = [1, 2, 3, 4, 5, 6, 7, 8, 34, 35, 36, 37, 38, 40, 43, 44, 45, 46, 47, 48, 49, 50];
    expect(numbers).toEqual(expect.arrayContaining(wanted));
    const untested = rows.filter(([, number, file = '']) => {
      const title = new RegExp(`['"\`][^'"\`\\n]*(scenario ${number}\\b|\\[${number}\\] )`);
      return !exists(`packages/${file}`) || !title.test(read(`packages/${file}`));
    });
    expect(untested.map(([row]) => row)).toEqual([]);
  });

  it('has in the reference every entry point that a package publishes', () => {
    const published = (name: string): string[] => {
      const { exports } = JSON.parse(read(`packages/${name}/package.json`)) as {
        exports: Record<string, string | { readonly 'mono-source': string }>;
      };
      const sourceFiles = Object.values(exports).flatMap((target) =>
        typeof target === 'string' ? [] : [target['mono-source'].replace('./', '')],
      );
      const isInMain = (file: string): boolean => {
        const main = read(`packages/${name}/src/index.ts`);
        const exported = [...read(`packages/${name}/${file}`).matchAll(/^export (?:\w+ )+(\w+)/gm)];
        return exported.length > 0 && exported.every(([, symbol]) => new RegExp(`\\b${symbol}\\b`).test(main));
      };
      // A part of the main entry point, published once more so that it can be loaded alone, is in the reference already.
      return sourceFiles.filter((file) => file.endsWith('/index.ts') || !isInMain(file));
    };
    const names = readdirSync(join(root, 'packages'));
    const listed = names.map((name) => {
      const { entryPoints } = JSON.parse(read(`packages/${name}/typedoc.json`)) as { entryPoints: string[] };
      return [name, entryPoints.toSorted()];
    });
    expect(listed).toEqual(names.map((name) => [name, published(name).toSorted()]));
  });

  it('lists every decision', () => {
    const list = read('docs/decisions/README.md');
    const files = readdirSync(join(root, 'docs/decisions')).filter((file) => /^\d/.test(file));
    expect(files.filter((file) => !list.includes(file))).toEqual([]);
  });
});

/** A heading as GitHub and the site name it in addresses. */
function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function exists(path: string): boolean {
  try {
    readFileSync(join(root, path));
    return true;
  } catch {
    // a folder is there, too: reading it fails with EISDIR
    return readdirSync(join(root, dirname(path))).includes(path.split('/').at(-1) ?? '');
  }
}
