// Does nothing but look how late it is, and how long the disk takes to keep a page: what is late here is the machine's doing.
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stall, wallNow, watchLoop } from './stalls.ts';

/** What it tells. */
export interface FromIdleProcess {
  /** `loop`: by how much it was late in a second at worst; `disk`: how long one page took to be kept. */
  readonly of: 'loop' | 'disk';
  readonly stall: Stall;
}

const DISK_MS = 200;
const PAGE = new Uint8Array(4_096);

const tell = (what: FromIdleProcess) => process.send?.(what);
const directory = mkdtempSync(join(tmpdir(), 'colloquy-idle-'));
watchLoop((stall) => tell({ of: 'loop', stall }));
process.once('disconnect', () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});

const file = await open(join(directory, 'page'), 'w');
const keep = async (): Promise<void> => {
  const from = wallNow();
  // As Redis does with what it acknowledges.
  await file.write(PAGE);
  await file.datasync();
  const at = wallNow();
  tell({ of: 'disk', stall: { at, ms: at - from } });
  setTimeout(keep, DISK_MS);
};
await keep();
