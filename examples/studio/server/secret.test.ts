import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptSecret } from './secret.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-secret-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('generates a secret once and answers the same one afterwards', async () => {
  const secret = await keptSecret(join(directory, 'new'));
  expect(secret.length).toBeGreaterThanOrEqual(64);
  expect(await keptSecret(join(directory, 'new'))).toBe(secret);
});

it.skipIf(process.platform === 'win32')('lets only the owner read it, also after the mode was lost', async () => {
  await writeFile(join(directory, 'secret'), 's'.repeat(48), { mode: 0o644 });
  await keptSecret(directory);
  expect((await stat(join(directory, 'secret'))).mode & 0o777).toBe(0o600);
});

it('refuses a damaged file and says how to repair it', async () => {
  await writeFile(join(directory, 'secret'), 'short');
  await expect(keptSecret(directory)).rejects.toThrow(/secret has 5 characters\. Delete the file/);
});

it('gives servers that start at once on one folder the same secret', async () => {
  const secrets = await Promise.all(Array.from({ length: 8 }, () => keptSecret(directory)));
  expect(new Set(secrets).size).toBe(1);
});
