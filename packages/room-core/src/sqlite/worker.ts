import { parentPort, workerData } from 'node:worker_threads';
import { RoomDatabase } from './database.ts';
import type { StoreRequest } from './requests.ts';
import { serveRequests } from './serve-requests.ts';
import type { StoreWorkerData } from './worker-wire.ts';

/** Words are put into their index when nothing was asked for so long, in milliseconds… */
const INDEX_AFTER_MS = 250;
/** …or when so many entries wait for it: a search has to wait for them too. */
const MOST_UNINDEXED = 20_000;

// The thread that owns the database: a commit waits for the disk, and the thread of the audio clock must not.
if (!parentPort) throw new Error('The worker of the SQLite engine runs as a worker thread only.');
const database = new RoomDatabase((workerData as StoreWorkerData).path);
let indexing: ReturnType<typeof setTimeout> | null = null;

const serving = serveRequests<StoreRequest>(parentPort, {
  execute: (requests) => database.execute(requests),
  onMore: () => {
    if (database.unindexed > MOST_UNINDEXED) database.index();
  },
  onIdle: () => indexSoon(),
  close: () => {
    if (indexing) clearTimeout(indexing);
    database.close();
  },
});
indexSoon();

function indexSoon(ms = INDEX_AFTER_MS): void {
  if (database.unindexed === 0) return;
  if (indexing) clearTimeout(indexing);
  indexing = setTimeout(() => {
    indexing = null;
    if (serving.isBusy) return;
    const before = database.unindexed;
    database.index();
    // Where nothing goes in, the disk is full: the next request tries again.
    if (database.unindexed < before) indexSoon(0);
  }, ms);
}
