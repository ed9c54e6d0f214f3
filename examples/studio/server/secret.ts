import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SHORTEST_SECRET = 32;

/**
 * The secret kept in `directory`, readable only by the owner; generated the first time. Two servers that start at once
 * on one folder get the same one.
 */
export async function keptSecret(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'secret');
  return (await read(path)) ?? (await generate(path)) ?? (await keptSecret(directory));
}

async function read(path: string): Promise<string | null> {
  const secret = await readFile(path, 'utf8').then(
    (text) => text.trim(),
    (error) => {
      if (hasCode(error, 'ENOENT')) return null;
      throw error;
    },
  );
  if (secret === null) return null;
  if (secret.length < SHORTEST_SECRET) {
    throw new Error(
      `The secret in ${path} has ${secret.length} characters. Delete the file to have a new one generated.`,
    );
  }
  // A folder restored from a backup may have lost the mode.
  await chmod(path, 0o600);
  return secret;
}

/** Answers `null` when another server was faster. */
async function generate(path: string): Promise<string | null> {
  const secret = randomBytes(48).toString('base64url');
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link appears with its whole content or not at all.
    await link(draft, path);
    return secret;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return null;
    throw error;
  } finally {
    await unlink(draft);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
