/** One WebSocket message as it arrived. */
export interface QueuedMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What keeping a message costs beside its bytes: without it a flood of empty ones would have no bound. */
export const MESSAGE_OVERHEAD_BYTES = 64;

/** Messages that wait for the upstream to open, bounded in bytes. */
export class MessageQueue {
  readonly #maxBytes: number;
  readonly #messages: QueuedMessage[] = [];
  #bytes = 0;

  /** @param maxBytes `0` is no bound. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns whether it fitted. */
  push(data: Buffer, isBinary: boolean): boolean {
    const bytes = this.#bytes + data.byteLength + MESSAGE_OVERHEAD_BYTES;
    if (this.#maxBytes > 0 && bytes > this.#maxBytes) return false;
    this.#bytes = bytes;
    // A small message is a view into the block that was read from the network: keep the message, not the block.
    this.#messages.push({ data: Buffer.from(data), isBinary });
    return true;
  }

  /** Takes all, oldest first. */
  takeAll(): QueuedMessage[] {
    this.#bytes = 0;
    return this.#messages.splice(0);
  }
}
