import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a directory and what is missing above it, one at a time: Node's own `recursive` never returns where the system
 * says of a child of an existing directory that there is no such place, as it does below `/proc`.
 *
 * @throws the error of the system
 */
export function makeDirectory(directory: string): void {
  const missing: string[] = [];
  let at = resolve(directory);
  while (statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) {
    missing.push(at);
    at = dirname(at);
  }
  for (const each of missing.reverse()) {
    try {
      mkdirSync(each);
    } catch (error) {
      // Somebody else was quicker; whether it is a folder shows when it is used.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
