import { randomFillSync } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { LEAST_WATCHED_BYTES } from '../socket-port.ts';
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

/** Writes frames to a socket. Neighbours in one block, as frames that are passed on are, become one piece. */
export class FrameWriter {
  readonly #socket: Duplex;
  readonly #isMasking: boolean;
  readonly #onWritten: () => void;
  /** Where the frames lie, one behind the other, that are not written yet. */
  #block: Buffer | null = null;
  #start = 0;
  #end = 0;
  #isWaiting = false;
  #isCorked = false;

  /** @param onWritten Bytes went to the operating system, of more than {@link LEAST_WATCHED_BYTES}. */
  constructor(socket: Duplex, isMasking: boolean, onWritten: () => void) {
    this.#socket = socket;
    this.#isMasking = isMasking;
    this.#onWritten = onWritten;
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#end - this.#start;
  }

  /** Writes a message or control frame. */
  send(opcode: number, payload: Uint8Array): void {
    const frame = encodeFrame(opcode, payload, this.#isMasking ? drawKey() : null);
    this.pass(frame, 0, frame.byteLength);
  }

  /** Writes a frame that is one already: it lies in `block` from `start` to before `end`. */
  pass(block: Buffer, start: number, end: number): void {
    if (depth === 0) {
      this.#write(block, start, end);
      return;
    }
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      waiting.push(this);
    }
    if (this.#block !== null) {
      if (this.#block === block && this.#end === start) {
        this.#end = end;
        return;
      }
      if (!this.#isCorked) this.#socket.cork();
      this.#isCorked = true;
      this.#write(this.#block, this.#start, this.#end);
    }
    this.#block = block;
    this.#start = start;
    this.#end = end;
  }

  /** Hands everything to the operating system. */
  flush(): void {
    this.#isWaiting = false;
    const block = this.#block;
    if (block !== null) {
      this.#block = null;
      if (this.#socket.writable) this.#write(block, this.#start, this.#end);
      this.#start = 0;
      this.#end = 0;
    }
    if (this.#isCorked) this.#socket.uncork();
    this.#isCorked = false;
  }

  #write(block: Buffer, start: number, end: number): void {
    const socket = this.#socket;
    const bytes = start === 0 && end === block.byteLength ? block : block.subarray(start, end);
    // To be told costs a turn of Node's queue, as much as the rest of writing: only where somebody may wait for it.
    if (end - start > LEAST_WATCHED_BYTES || socket.writableLength > 0) socket.write(bytes, this.#onWritten);
    else socket.write(bytes);
  }

  /** Nothing follows. */
  end(): void {
    this.flush();
    this.#socket.end();
  }
}
