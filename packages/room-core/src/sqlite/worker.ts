import { parentPort, workerData } from 'node:worker_threads';
import { RoomDatabase } from './database.ts';
import type { StoreRequest } from './requests.ts';
import type { FromWorker, StoreWorkerData, ToWorker } from './worker-wire.ts';

/** Most requests of one transaction. */
const MAX_BATCH = 64;
/** Words are put into their index when nothing was asked for so long, in milliseconds… */
const INDEX_AFTER_MS = 250;
/** …or when so many entries wait for it: a search has to wait for them too. */
const MOST_UNINDEXED = 20_000;

// The thread that owns the database: a commit waits for the disk, and the thread of the audio clock must not.
const port = parentPort;
if (!port) throw new Error('The worker of the SQLite engine runs as a worker thread only.');
const database = new RoomDatabase((workerData as StoreWorkerData).path);
const waiting: { readonly id: number; readonly request: StoreRequest }[] = [];
let draining = false;
let closing = false;
let indexing: ReturnType<typeof setTimeout> | null = null;

indexSoon();
port.on('message', (message: ToWorker<StoreRequest>) => {
  if (message.type === 'close') closing = true;
  else waiting.push(message);
  if (draining) return;
  draining = true;
  // Whatever has arrived until the next turn of the loop goes into the same commit; while that one waits for the disk,
  // the next batch gathers. So a lone append does not wait, and a burst shares its syncs.
  setImmediate(drain);
});

function drain(): void {
  const batch = waiting.splice(0, MAX_BATCH);
  if (batch.length > 0) {
    const outcomes = database.execute(batch.map(({ request }) => request));
    send({ type: 'outcomes', outcomes: batch.map(({ id }, index) => [id, outcomes[index] ?? lost] as const) });
  }
  if (waiting.length > 0) {
    if (database.unindexed > MOST_UNINDEXED) database.index();
    setImmediate(drain);
    return;
  }
  draining = false;
  if (!closing) {
    indexSoon();
    return;
  }
  if (indexing) clearTimeout(indexing);
  database.close();
  send({ type: 'closed' });
  port?.close();
}

function indexSoon(ms = INDEX_AFTER_MS): void {
  if (database.unindexed === 0) return;
  if (indexing) clearTimeout(indexing);
  indexing = setTimeout(() => {
    indexing = null;
    if (draining) return;
    const before = database.unindexed;
    database.index();
    // Where nothing goes in, the disk is full: the next request tries again.
    if (database.unindexed < before) indexSoon(0);
  }, ms);
}

function send(message: FromWorker): void {
  port?.postMessage(message);
}

const lost = { ok: false, code: 'ERR_STORE_UNAVAILABLE', message: 'The database gave no answer.' } as const;
