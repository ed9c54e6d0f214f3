import { mkdir, writeFile } from 'node:fs/promises';

const folder = new URL('../artifacts/', import.meta.url);

/** Keeps what a test produced (a screenshot, a recording) for people to look at; never read by a test. */
export async function keepArtifact(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(name, folder), bytes);
}
