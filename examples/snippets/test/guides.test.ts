import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';

const folder = new URL('../', import.meta.url);
// What is for a page (`.page.ts`, `.tsx`) runs in one: e2e/guide-pages.test.ts.
const snippets = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.page.ts') && !/^(node_modules|test|support)\b/.test(path))
  .sort();

describe('the code of the guides', () => {
  // Its assertions are its own: it rejects when one of them fails.
  it.each(snippets)('runs: %s', async (file) => {
    await import(new URL(file, folder).href);
  });
});
