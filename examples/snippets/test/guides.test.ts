import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const folder = new URL('../testing-without-google/', import.meta.url);
const guide = readFileSync(new URL('docs/guides/testing-without-google.md', root), 'utf8');
const snippets = readdirSync(folder).filter((file) => file.endsWith('.ts'));

describe('the guide to testing without Google', () => {
  it.each(snippets)('has %s word for word, and it runs', async (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8').trim();
    expect(guide).toContain(`\`\`\`ts\n${text}\n\`\`\``);
    // Its assertions are its own: it rejects when one of them fails.
    await import(new URL(file, folder).href);
  });

  it('has no other code', () => {
    expect(guide.match(/```ts\n/g)).toHaveLength(snippets.length);
  });
});
