import { randomFillSync } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { encodeFrame } from './frame.ts';

let depth = 0;
const waiting: FrameWriter[] = [];

/**
 * What is written meanwhile goes to the operating system at its end, together. Reading a socket is such a piece of work:
 * the frames of one read leave in one write for each socket that they go to.
 */
export function writeTogether<Argument>(work: (argument: Argument) => void, argument: Argument): void {
  depth += 1;
  try {
    work(argument);
  } finally {
    depth -= 1;
    if (depth === 0) for (let writer = waiting.pop(); writer !== undefined; writer = waiting.pop()) writer.flush();
  }
}

/** Unpredictable keys, drawn many at a time: one by one they cost more than masking. */
const keys = Buffer.alloc(4_096);
let nextKey = keys.byteLength;

function drawKey(): Buffer {
  if (nextKey === keys.byteLength) {
    randomFillSync(keys);
    nextKey = 0;
  }
  nextKey += 4;
  return keys.subarray(nextKey - 4, nextKey);
}

/** Writes frames to a socket. Neighbours in memory, as frames that are passed on are, become one piece. */
export class FrameWriter {
  readonly #socket: Duplex;
  readonly #isMasking: boolean;
  readonly #onWritten: () => void;
  /** What is not written yet: frames, or where they lie one behind the other. */
  #run: Buffer | null = null;
  #runBytes = 0;
  #isWaiting = false;
  #isCorked = false;

  /** @param onWritten Bytes went to the operating system. */
  constructor(socket: Duplex, isMasking: boolean, onWritten: () => void) {
    this.#socket = socket;
    this.#isMasking = isMasking;
    this.#onWritten = onWritten;
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#runBytes;
  }

  /** Writes a message or control frame. */
  send(opcode: number, payload: Uint8Array): void {
    this.pass(encodeFrame(opcode, payload, this.#isMasking ? drawKey() : null));
  }

  /** Writes a frame that is one already. */
  pass(frame: Buffer): void {
    if (depth === 0) {
      this.#socket.write(frame, this.#onWritten);
      return;
    }
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      waiting.push(this);
    }
    const run = this.#run;
    if (run !== null) {
      if (run.buffer === frame.buffer && run.byteOffset + this.#runBytes === frame.byteOffset) {
        this.#runBytes += frame.byteLength;
        return;
      }
      if (!this.#isCorked) this.#socket.cork();
      this.#isCorked = true;
      this.#writeRun(run);
    }
    this.#run = frame;
    this.#runBytes = frame.byteLength;
  }

  /** Hands everything to the operating system. */
  flush(): void {
    this.#isWaiting = false;
    if (this.#run !== null && this.#socket.writable) this.#writeRun(this.#run);
    this.#run = null;
    this.#runBytes = 0;
    if (this.#isCorked) this.#socket.uncork();
    this.#isCorked = false;
  }

  #writeRun(run: Buffer): void {
    const isOne = run.byteLength === this.#runBytes;
    this.#socket.write(isOne ? run : Buffer.from(run.buffer, run.byteOffset, this.#runBytes), this.#onWritten);
  }

  /** Nothing follows. */
  end(): void {
    this.flush();
    this.#socket.end();
  }
}
