import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
// @ts-expect-error A script without types.
import { blocksOf, documents } from '../../tools/snippets.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A line of an `sh` block without its comment, or a command between two backticks. */
export interface DocumentedCommand {
  readonly document: string;
  readonly line: string;
}

interface Block {
  readonly language: string;
  readonly code: string;
}

/** Every command that the documentation tells somebody to type. */
export async function documentedCommands(): Promise<readonly DocumentedCommand[]> {
  const found: DocumentedCommand[] = [];
  for (const { document, text } of await pages()) {
    for (const { code } of (blocksOf(text) as Block[]).filter(({ language }) => language === 'sh')) {
      const lines = code.split('\n').map((line) => line.replace(/\s+# .*$/, '').trim());
      found.push(...lines.filter((line) => line !== '').map((line) => ({ document, line })));
    }
  }
  return found;
}

/** Every script of the workspace that the documentation names in passing, as in "`pnpm bench:room` prints it again". */
export async function namedScripts(): Promise<readonly DocumentedCommand[]> {
  const found: DocumentedCommand[] = [];
  for (const { document, text } of await pages()) {
    for (const [, line = ''] of text.matchAll(/`((?:pnpm|npm|node tools\/run\.mjs) [^`\n]+)`/g)) {
      found.push({ document, line });
    }
  }
  return found;
}

async function pages(): Promise<readonly { readonly document: string; readonly text: string }[]> {
  const names = documents() as string[];
  return Promise.all(names.map(async (document) => ({ document, text: await readFile(root + document, 'utf8') })));
}

/** Whether a test of this title stands in a file. */
export async function hasTest({ file, title }: { readonly file: string; readonly title: string }): Promise<boolean> {
  return (await readFile(root + file, 'utf8').catch(() => '')).includes(title);
}
