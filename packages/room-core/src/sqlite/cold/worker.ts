import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, StoreWorkerData, ToWorker } from '../worker-wire.ts';
import { ObjectDatabase } from './object-database.ts';
import type { ObjectRequest } from './object-requests.ts';

/** Most requests of one transaction. */
const MAX_BATCH = 64;

// The thread that owns the database: a commit waits for the disk, and the thread of the audio clock must not.
const port = parentPort;
if (!port) throw new Error('The worker of the SQLite cold store runs as a worker thread only.');
const database = new ObjectDatabase((workerData as StoreWorkerData).path);
const waiting: { readonly id: number; readonly request: ObjectRequest }[] = [];
let closing = false;

port.on('message', (message: ToWorker<ObjectRequest>) => {
  if (message.type === 'close') closing = true;
  else waiting.push(message);
  // Whatever arrives until the next turn of the loop shares a commit.
  if (waiting.length === 1 || closing) setImmediate(drain);
});

function drain(): void {
  while (waiting.length > 0) {
    const batch = waiting.splice(0, MAX_BATCH);
    const answered = database.execute(batch.map(({ request }) => request));
    const outcomes = answered.map((outcome, index) => [batch[index]?.id ?? 0, outcome] as const);
    send({ type: 'outcomes', outcomes });
  }
  if (!closing) return;
  closing = false;
  database.close();
  send({ type: 'closed' });
  port?.close();
}

function send(message: FromWorker): void {
  port?.postMessage(message);
}
