import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
// @ts-expect-error A script without types.
import { blocksOf, documents } from '../../tools/snippets.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What between two backticks is a command and no name, as in "`curl -i http://…` answers". */
const INLINE =
  /`((?:[A-Z_]+=\S+ )*(?:npm|npx|pnpm|yarn|node|vite|vitest|tsc|sh|sudo|cd|mkdir|apt-get|openssl|redis-(?:server|cli)|taskset|curl|docker|gcloud|git|systemctl|live-(?:emulator|proxy)(?= (?:--|(?:record|replay) ))) [^`]+)`/g;

/** A line of an `sh` block without its comment, or a command between two backticks. */
export interface DocumentedCommand {
  readonly document: string;
  readonly line: string;
}

interface Block {
  readonly language: string;
  readonly code: string;
}

/** Every command that the documentation tells somebody to type: those of a page's blocks first. */
export async function documentedCommands(): Promise<readonly DocumentedCommand[]> {
  const found: DocumentedCommand[] = [];
  for (const { document, text } of await pages()) {
    for (const { code } of (blocksOf(text) as Block[]).filter(({ language }) => language === 'sh')) {
      const lines = code.split('\n').map((line) => line.replace(/\s+# .*$/, '').trim());
      found.push(...lines.filter((line) => line !== '').map((line) => ({ document, line })));
    }
    for (const [, line = ''] of text.matchAll(INLINE)) found.push({ document, line: line.replaceAll('\n', ' ') });
  }
  return found;
}

async function pages(): Promise<readonly { readonly document: string; readonly text: string }[]> {
  const names = documents() as string[];
  return Promise.all(names.map(async (document) => ({ document, text: await readFile(root + document, 'utf8') })));
}

/**
 * Whether a file has a test whose title begins so, which runs: none that is skipped or planned. Where the browser is missing
 * a test may be skipped; in CI that is a failure.
 */
export async function hasTest({ file, title }: { readonly file: string; readonly title: string }): Promise<boolean> {
  const text = await readFile(root + file, 'utf8').catch(() => '');
  const escaped = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const runs = new RegExp(`^\\s*(?:it|test|describe)(?:\\.skipIf\\(skipReason\\))?\\(\\s*['"\`]${escaped}`, 'm');
  return runs.test(text) && !/\b(?:it|test|describe)\.(?:skip|todo|only|runIf)\b/.test(text);
}
