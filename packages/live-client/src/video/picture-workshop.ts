import { openWorker } from '../audio/worker-loader.ts';
import type { WorkletModule } from '../audio/worklet-loader.ts';
import type { WorkletUrl } from '../audio/worklet-url.ts';
import { PictureEngine } from './picture-engine.ts';
import type { PictureAnswers, PictureJob, PictureWorkerAnswer, PictureWorkerRequest } from './picture-jobs.ts';
import workerSource from './picture-worker.ts?worklet';

const MODULE: WorkletModule = {
  file: 'picture-worker.js',
  // This module is a chunk of its own already.
  loadSource: async () => ({ default: workerSource }),
};

/** Where jobs are done. */
interface Bench {
  run(job: PictureJob, transfer: Transferable[]): Promise<PictureAnswers[PictureJob['type']]>;
  close(): void;
}

/** A worker that does not answer its first job in this time was not loaded; milliseconds. */
const FIRST_ANSWER_MS = 5_000;

/**
 * Where pictures are drawn and encoded: in one worker for all cameras and screens of a client. Where the page's policy
 * lets no worker be made, the page does the work itself.
 */
export class PictureWorkshop {
  readonly #workerUrl: WorkletUrl | undefined;
  #bench: Promise<Bench> | null = null;
  #nextStream = 0;
  #closed = false;

  constructor(workerUrl: WorkletUrl | undefined) {
    this.#workerUrl = workerUrl;
  }

  /** A number that no other stream has. */
  newStream(): number {
    return this.#nextStream++;
  }

  async run<Type extends PictureJob['type']>(
    job: Extract<PictureJob, { readonly type: Type }>,
    transfer: Transferable[] = [],
  ): Promise<PictureAnswers[Type]> {
    if (this.#closed) throw new Error('Pictures are not taken any more.');
    this.#bench ??= openBench(this.#workerUrl);
    return (await (await this.#bench).run(job, transfer)) as PictureAnswers[Type];
  }

  close(): void {
    this.#closed = true;
    this.#bench?.then((bench) => bench.close());
    this.#bench = null;
  }
}

async function openBench(workerUrl: WorkletUrl | undefined): Promise<Bench> {
  try {
    return await openWorker(MODULE, workerUrl, async (worker) => {
      const bench = new WorkerBench(worker);
      await bench.begin();
      return bench;
    });
  } catch {
    // A content security policy without worker-src, or no file at that address: slower, and just as good.
    const engine = new PictureEngine();
    return { run: (job) => engine.run(job), close: () => engine.close() };
  }
}

class WorkerBench implements Bench {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<PictureAnswers[PictureJob['type']]>>();
  #nextId = 0;
  #closed = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<PictureWorkerAnswer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('error' in data) waiting?.reject(new Error(data.error));
      else waiting?.resolve(data.result);
    };
    worker.onerror = (event) => {
      // Told here; an unhandled one would reach the page's console as well.
      event.preventDefault();
      this.#fail(new Error('The picture worker failed.'));
    };
  }

  /** Resolves when the worker answers. */
  async begin(): Promise<void> {
    const deadline = setTimeout(() => this.close(), FIRST_ANSWER_MS);
    try {
      await this.run({ type: 'wait', ms: 0 });
    } finally {
      clearTimeout(deadline);
    }
  }

  run(job: PictureJob, transfer: Transferable[] = []): Promise<PictureAnswers[PictureJob['type']]> {
    if (this.#closed) return Promise.reject(new Error('The picture worker is gone.'));
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<PictureAnswers[PictureJob['type']]>();
    this.#waiting.set(id, waiting);
    this.#worker.postMessage({ id, job } satisfies PictureWorkerRequest, transfer);
    return waiting.promise;
  }

  close(): void {
    this.#worker.terminate();
    this.#fail(new Error('The picture worker was closed.'));
  }

  #fail(error: Error): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

export { VideoSampler } from './video-sampler.ts';
