import { KeptPicture } from './kept-picture.ts';
import type { PictureAnswers, PictureJob } from './picture-jobs.ts';
import { Vp8Encoder } from './vp8-encoder.ts';

interface Stream {
  readonly kept: KeptPicture;
  vp8: Vp8Encoder | null;
}

/** Does the jobs of a picture worker; runs there, and on the page where there can be no worker. */
export class PictureEngine {
  readonly #streams = new Map<number, Stream>();
  /** Rejects the wait of each timer. */
  readonly #waits = new Map<ReturnType<typeof setTimeout>, (error: Error) => void>();

  async run(job: PictureJob): Promise<PictureAnswers[PictureJob['type']]> {
    switch (job.type) {
      case 'draw':
        try {
          return this.#stream(job.stream).kept.draw(job.image, job.width, job.height, job.maxSide);
        } finally {
          job.image.close();
        }
      case 'encode':
        return this.#stream(job.stream).kept.toJpeg(job.quality);
      case 'encodeVideo': {
        const stream = this.#stream(job.stream);
        stream.vp8 ??= new Vp8Encoder();
        try {
          return await stream.vp8.encode(stream.kept.canvas, job.request);
        } catch (error) {
          // The next frame begins with a new encoder.
          stream.vp8.close();
          stream.vp8 = null;
          throw error;
        }
      }
      case 'wait':
        return this.#wait(job.ms);
      case 'close':
        this.#streams.get(job.stream)?.vp8?.close();
        this.#streams.delete(job.stream);
        return null;
    }
  }

  /** Ends what waits. A worker that is terminated needs none of it. */
  close(): void {
    for (const [timer, reject] of this.#waits) {
      clearTimeout(timer);
      reject(new Error('Pictures are not taken any more.'));
    }
    this.#waits.clear();
  }

  #wait(ms: number): Promise<null> {
    const { promise, resolve, reject } = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      this.#waits.delete(timer);
      resolve(null);
    }, ms);
    this.#waits.set(timer, reject);
    return promise;
  }

  #stream(id: number): Stream {
    const known = this.#streams.get(id);
    if (known) return known;
    const added: Stream = { kept: new KeptPicture(), vp8: null };
    this.#streams.set(id, added);
    return added;
  }
}
