import { isUtf8 } from 'node:buffer';
import { isSendableCloseCode } from '../close-mapping.ts';
import { headerBytes, isShortestLength, mostControlBytes, Opcode, payloadBytes, WireError } from './frame.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { alignment, applyMask } from './mask.ts';

/** What a {@link FrameReader} finds, in the order of the wire. */
export interface FrameHandlers {
  /**
   * One whole message. It stood on the wire as it lies in `block` from `start` to before `end`, where it can be passed on
   * as it is; a message in fragments cannot, and has no block. With `isBorrowing`, `data` is only good during the call.
   */
  onMessage(data: Buffer, isBinary: boolean, block: Buffer | null, start: number, end: number): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  /** Nothing comes after it. 1005: there was no code. */
  onClose(code: number, reason: string): void;
}

/** Options of {@link FrameReader}. */
export interface FrameReaderOptions {
  /** Ours: a `server` reads what clients mask, a `client` reads what is not masked. */
  readonly role: 'client' | 'server';
  /** Largest message, fragments together, in bytes; `0` is no limit. */
  readonly maxMessageBytes: number;
  /**
   * Masked messages are unmasked elsewhere, so that their frames stay as they came and can be passed on; they are only
   * good during the call that brings them.
   */
  readonly isBorrowing: boolean;
}

/** More fragments are an attack: each costs more than the byte that it may hold. */
const mostFragments = 16_384;

/** Where borrowed messages are unmasked, one after the other. Larger ones get memory of their own. */
const scratch = Buffer.allocUnsafeSlow(64 * 1_024);
/** The newest view of it by where it begins: nearly all messages of a talk have one length. */
const views: Buffer[] = [0, 1, 2, 3].map((shift) => scratch.subarray(shift, shift));

function scratchView(shift: number, length: number): Buffer {
  const known = views[shift] as Buffer;
  if (known.byteLength === length) return known;
  const view = scratch.subarray(shift, shift + length);
  views[shift] = view;
  return view;
}

/**
 * Finds the messages and control frames in what a socket reads (RFC 6455 §5), without copying what lies in one piece.
 * Pure: bytes in, calls out.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  readonly #handlers: FrameHandlers;
  readonly #isMasked: boolean;
  readonly #keepsFrames: boolean;
  /** The beginning of a frame of which at least `needed` bytes are wanted. */
  #held: GrowingBytes | null = null;
  #needed = 0;
  /** The message whose fragments are coming. */
  #fragments: GrowingBytes | null = null;
  #fragmentCount = 0;
  #isFragmentBinary = false;
  #isOver = false;

  constructor(options: FrameReaderOptions, handlers: FrameHandlers) {
    this.#options = options;
    this.#isMasked = options.role === 'server';
    this.#keepsFrames = options.isBorrowing || !this.#isMasked;
    this.#handlers = handlers;
  }

  /**
   * Takes what was read next. It may be unmasked in place.
   *
   * @throws {@link WireError} where the other end breaks the rules; after that, and after a close frame, nothing is read.
   */
  push(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      let at = this.#held === null ? 0 : this.#resume(this.#held, chunk);
      while (at < chunk.byteLength && !this.#isOver) {
        const size = this.#sizeOf(chunk, at, chunk.byteLength);
        if (chunk.byteLength - at < size) {
          this.#held = new GrowingBytes();
          this.#held.append(chunk, at, chunk.byteLength, size);
          this.#needed = size;
          return;
        }
        this.#take(chunk, at, size);
        at += size;
      }
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  /** Completes the frame that has begun; returns how much of the chunk belonged to it. */
  #resume(held: GrowingBytes, chunk: Buffer): number {
    let at = 0;
    for (;;) {
      const end = Math.min(chunk.byteLength, at + this.#needed - held.length);
      held.append(chunk, at, end, this.#needed);
      at = end;
      if (held.length < this.#needed) return at;
      const frame = held.bytes;
      this.#needed = this.#sizeOf(frame, 0, frame.byteLength);
      if (held.length < this.#needed) continue;
      this.#held = null;
      this.#take(frame, 0, frame.byteLength);
      return at;
    }
  }

  /** The size of the frame at `at`, or of its header while that is not whole. Refuses a frame before it is there. */
  #sizeOf(data: Buffer, at: number, end: number): number {
    if (end - at < 2) return 2;
    const first = data[at] as number;
    const second = data[at + 1] as number;
    if ((first & 0x70) !== 0) throw new WireError(1002, 'A reserved bit is set, and no extension was agreed on.');
    if (((second & 0x80) !== 0) !== this.#isMasked) {
      throw new WireError(1002, this.#isMasked ? 'A frame is not masked.' : 'A frame is masked.');
    }
    const opcode = first & 0x0f;
    const isControl = opcode >= Opcode.close;
    if (isControl) checkControl(opcode, first, second & 0x7f);
    else this.#checkOpcode(opcode);
    const header = headerBytes(data, at, end);
    if (end - at < header) return header;
    const length = payloadBytes(data, at);
    if (!isControl) this.#checkLength(length);
    return header + length;
  }

  #checkOpcode(opcode: number): void {
    if (opcode > Opcode.binary) throw new WireError(1002, `The opcode ${opcode} is reserved.`);
    if ((opcode === Opcode.continuation) !== (this.#fragments !== null)) {
      throw new WireError(
        1002,
        opcode === Opcode.continuation ? 'There is nothing to continue.' : 'A message begins within another one.',
      );
    }
  }

  #checkLength(length: number): void {
    const { maxMessageBytes } = this.#options;
    if (maxMessageBytes > 0 && length + (this.#fragments?.length ?? 0) > maxMessageBytes) {
      throw new WireError(1009, `A message is larger than ${maxMessageBytes} bytes.`);
    }
  }

  /** Takes one whole frame. */
  #take(data: Buffer, at: number, size: number): void {
    const first = data[at] as number;
    const opcode = first & 0x0f;
    const header = headerBytes(data, at, at + size);
    const length = size - header;
    const isWhole = (first & 0x80) !== 0;
    if (opcode === Opcode.text || opcode === Opcode.binary) {
      if (isWhole) {
        const canPass = isShortestLength(data, at, length);
        const block = canPass && this.#keepsFrames ? data : null;
        this.#tell(this.#payload(data, at + header, length), opcode === Opcode.binary, block, at, at + size);
        return;
      }
      this.#isFragmentBinary = opcode === Opcode.binary;
      this.#fragments = new GrowingBytes();
      this.#fragmentCount = 0;
    }
    const payload = this.#payload(data, at + header, length);
    switch (opcode) {
      case Opcode.ping:
        this.#handlers.onPing(payload);
        return;
      case Opcode.pong:
        this.#handlers.onPong(payload);
        return;
      case Opcode.close:
        this.#close(payload);
        return;
      default:
        this.#addFragment(payload, isWhole);
    }
  }

  #payload(data: Buffer, at: number, length: number): Buffer {
    if (!this.#isMasked) return data.subarray(at, at + length);
    if (!this.#options.isBorrowing) {
      applyMask(data, at, length, data, at, data, at - 4);
      return data.subarray(at, at + length);
    }
    // Where it lies as its source does, so that it is unmasked by words.
    const shift = alignment(data.byteOffset + at);
    if (length + shift <= scratch.byteLength) {
      applyMask(data, at, length, scratch, shift, data, at - 4);
      return scratchView(shift, length);
    }
    const memory = Buffer.allocUnsafeSlow(length + shift);
    applyMask(data, at, length, memory, shift, data, at - 4);
    return memory.subarray(shift);
  }

  #addFragment(payload: Buffer, isLast: boolean): void {
    const fragments = this.#fragments as GrowingBytes;
    this.#fragmentCount += 1;
    if (this.#fragmentCount > mostFragments)
      throw new WireError(1008, `A message has more than ${mostFragments} fragments.`);
    fragments.append(payload, 0, payload.byteLength, Number.POSITIVE_INFINITY);
    if (!isLast) return;
    this.#fragments = null;
    this.#tell(fragments.bytes, this.#isFragmentBinary, null, 0, 0);
  }

  #tell(data: Buffer, isBinary: boolean, block: Buffer | null, start: number, end: number): void {
    if (!isBinary && !isUtf8(data)) throw new WireError(1007, 'A text message is not UTF-8.');
    this.#handlers.onMessage(data, isBinary, block, start, end);
  }

  #close(payload: Buffer): void {
    this.#isOver = true;
    if (payload.byteLength === 0) {
      this.#handlers.onClose(1005, '');
      return;
    }
    const code = payload.readUInt16BE(0);
    if (!isSendableCloseCode(code)) throw new WireError(1002, `The close code ${code} may not be sent.`);
    const reason = payload.subarray(2);
    if (!isUtf8(reason)) throw new WireError(1007, 'The reason of a close frame is not UTF-8.');
    this.#handlers.onClose(code, reason.toString());
  }
}

function checkControl(opcode: number, first: number, length: number): void {
  if (opcode > Opcode.pong) throw new WireError(1002, `The opcode ${opcode} is reserved.`);
  if ((first & 0x80) === 0) throw new WireError(1002, 'A control frame is in fragments.');
  if (length > mostControlBytes) throw new WireError(1002, 'A control frame is longer than 125 bytes.');
  if (opcode === Opcode.close && length === 1) throw new WireError(1002, 'A close frame has half a code.');
}
