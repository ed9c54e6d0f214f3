// The writing thread of shared-chunks.test.ts: a ramp in chunks of odd lengths, each with its place as its turn.
import { workerData } from 'node:worker_threads';
import { SharedChunks } from '../src/audio/shared-chunks.ts';

const { memory, total } = workerData as { memory: SharedArrayBuffer; total: number };
const chunks = SharedChunks.of(memory);
for (let at = 0, turn = 0; at < total; turn++) {
  const length = Math.min(1 + ((turn * 7) % 131), total - at);
  const samples = Int16Array.from({ length }, (_, index) => (at + index) % 30_000);
  while (!chunks.write(samples, at));
  at += length;
}
