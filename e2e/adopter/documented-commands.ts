import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A line of an `sh` block, without its comment. */
export interface DocumentedCommand {
  readonly document: string;
  readonly line: string;
}

/** Every command that the documentation tells somebody to type. */
export async function documentedCommands(): Promise<readonly DocumentedCommand[]> {
  const found: DocumentedCommand[] = [];
  for (const document of await documents()) {
    const text = await readFile(root + document, 'utf8');
    for (const [, block = ''] of text.matchAll(/^```sh\n(.*?)^```$/gms)) {
      const lines = block.split('\n').map((line) => line.replace(/\s+# .*$/, '').trim());
      found.push(...lines.filter((line) => line !== '').map((line) => ({ document, line })));
    }
  }
  return found;
}

async function documents(): Promise<readonly string[]> {
  const found = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  for (const folder of ['docs', 'packages', 'examples', 'tools']) {
    const files = await readdir(root + folder, { recursive: true });
    const pages = files.filter((file) => file.endsWith('.md') && !/(^|\/)(node_modules|dist|api|site)\//.test(file));
    found.push(...pages.map((file) => `${folder}/${file.replaceAll('\\', '/')}`));
  }
  return found;
}

/** Whether a test of this title stands in a file. */
export async function hasTest({ file, title }: { readonly file: string; readonly title: string }): Promise<boolean> {
  return (await readFile(root + file, 'utf8').catch(() => '')).includes(title);
}
