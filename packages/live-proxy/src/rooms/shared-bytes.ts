/**
 * Bytes of what goes to many sockets, made once: a message or a frame is sent to one socket after the other, so remembering
 * the last one is enough.
 */
export class SharedBytes {
  #text = '';
  #textBytes: Buffer = Buffer.alloc(0);
  #frame: Uint8Array | null = null;
  #frameBytes: Buffer = Buffer.alloc(0);

  /** UTF-8 of a JSON message. */
  ofText(text: string): Buffer {
    if (text !== this.#text) {
      this.#textBytes = Buffer.from(text);
      this.#text = text;
    }
    return this.#textBytes;
  }

  /** The frame itself, as sockets take it: a view, not a copy. */
  ofFrame(frame: Uint8Array): Buffer {
    if (frame !== this.#frame) {
      this.#frameBytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
      this.#frame = frame;
    }
    return this.#frameBytes;
  }
}
