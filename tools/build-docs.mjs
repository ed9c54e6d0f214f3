// Builds the documentation, guides and API reference together, into docs/site, and looks at what it needs: everything has
// to come from the site itself.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { at, must } from './workspace.mjs';

rmSync(at('docs/site'), { recursive: true, force: true });
await must(process.execPath, [at('node_modules/typedoc/bin/typedoc'), '--logLevel', 'Warn']);

const pages = readdirSync(at('docs/site'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.html'),
);
const foreign = /<(?:script|img|iframe|source)\b[^>]*\ssrc="(?:https?:)?\/\/|<link\b[^>]*\shref="(?:https?:)?\/\//;
const wrong = pages.filter((name) => foreign.test(readFileSync(at('docs/site', name), 'utf8')));
if (pages.length < 100 || wrong.length > 0) {
  console.error(`${pages.length} pages; of other hosts load something: ${wrong.join(', ') || 'none'}`);
  process.exit(1);
}
console.log(`  ${pages.length} pages in docs/site`);
