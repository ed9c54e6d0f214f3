import { type FileHandle, open } from 'node:fs/promises';
import type { TrackWriter } from '../ports/recording-store.ts';
import { MAX_WAV_DATA_BYTES, WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A WAV file that is whole at any moment: its header is brought up to date every second. */
export class WavWriter implements TrackWriter {
  readonly #sampleRate: number;
  readonly #file: Promise<FileHandle>;
  #waiting: Piece[] = [];
  #work: Promise<void>;
  #draining: Promise<void> | null = null;
  /** Bytes of samples in the file, and those that the header tells of. */
  #length = 0;
  #told = 0;

  constructor(path: string, sampleRate: number) {
    this.#sampleRate = sampleRate;
    // Never over a file that is there.
    this.#file = open(path, 'wx');
    this.#work = this.#file.then((file) => this.#tell(file));
    this.#work.catch(() => {});
  }

  write(atSample: number, samples: Int16Array): Promise<void> {
    const at = atSample * 2;
    if (at + samples.byteLength > MAX_WAV_DATA_BYTES) {
      return Promise.reject(new RangeError('A WAV file cannot be longer; end this recording and start another one.'));
    }
    const bytes = new Uint8Array(samples.byteLength);
    const view = new DataView(bytes.buffer);
    for (const [index, sample] of samples.entries()) view.setInt16(index * 2, sample, true);
    this.#waiting.push({ at, bytes });
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** As long as `samples`, at least; then nothing more is taken. */
  async end(samples: number): Promise<void> {
    const file = await this.#file;
    try {
      // A full disk ends here; the file is closed all the same.
      await this.#draining;
      await this.#work;
      const length = Math.min(Math.max(this.#length, samples * 2), MAX_WAV_DATA_BYTES - 1);
      // What was never written reads as zeros: silence.
      await file.truncate(WAV_HEADER_BYTES + length);
      this.#length = length;
      await this.#tell(file);
    } finally {
      await file.close();
    }
  }

  async #drain(): Promise<void> {
    try {
      await this.#work;
      const file = await this.#file;
      while (this.#waiting.length > 0) {
        const pieces = this.#waiting;
        this.#waiting = [];
        for (const { at, bytes } of joined(pieces)) {
          await file.write(bytes, 0, bytes.byteLength, WAV_HEADER_BYTES + at);
          this.#length = Math.max(this.#length, at + bytes.byteLength);
        }
        if (this.#length - this.#told >= this.#sampleRate * 2) await this.#tell(file);
      }
    } finally {
      this.#draining = null;
    }
  }

  async #tell(file: FileHandle): Promise<void> {
    await file.write(wavHeader(this.#sampleRate, this.#length), 0, WAV_HEADER_BYTES, 0);
    this.#told = this.#length;
  }
}

/** Pieces that follow each other become one write. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const runs: Piece[][] = [];
  for (const piece of pieces) {
    const before = runs.at(-1)?.at(-1);
    if (before && before.at + before.bytes.byteLength === piece.at) runs.at(-1)?.push(piece);
    else runs.push([piece]);
  }
  return runs.map((run) => ({ at: run[0]?.at ?? 0, bytes: Buffer.concat(run.map(({ bytes }) => bytes)) }));
}
