import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What somebody types and writes who follows a guide. */
export interface Guide {
  /** Lines of its `sh` blocks. */
  readonly commands: readonly string[];
  /** Contents by the name that stands before each block, as in "`server.ts`:". */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads a guide of the repository. */
export async function readGuide(path: string): Promise<Guide> {
  const text = await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  const commands = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, lines = '']) => lines.trim().split('\n'));
  const named = text.matchAll(/^`([\w./-]+)`:\n\n(?:<!--[^\n]*-->\n)?```\w+\n(.*?)^```$/gms);
  return { commands, files: new Map([...named].map(([, name = '', code = '']) => [name, code])) };
}
