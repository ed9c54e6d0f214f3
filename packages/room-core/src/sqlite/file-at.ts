import { statSync } from 'node:fs';

/** Tells a file from another one at the same path. */
export function fileAt(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return file ? `${file.dev}:${file.ino}` : 'none';
}
