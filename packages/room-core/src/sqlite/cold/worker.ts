import { parentPort, workerData } from 'node:worker_threads';
import { serveRequests } from '../serve-requests.ts';
import type { StoreWorkerData } from '../worker-wire.ts';
import { ObjectDatabase } from './object-database.ts';
import type { ObjectRequest } from './object-requests.ts';

// The thread that owns the database: a commit waits for the disk, and the thread of the audio clock must not.
if (!parentPort) throw new Error('The worker of the SQLite cold store runs as a worker thread only.');
const database = new ObjectDatabase((workerData as StoreWorkerData).path);
serveRequests<ObjectRequest>(parentPort, {
  execute: (requests) => database.execute(requests),
  close: () => database.close(),
});
