/** What a client says before it is in the room, kept in order up to a number and a size. */
export class EarlyMessages<Message> {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #messages: Message[] = [];
  #bytes = 0;

  constructor(limits: { readonly maxCount: number; readonly maxBytes: number }) {
    this.#maxCount = limits.maxCount;
    this.#maxBytes = limits.maxBytes;
  }

  /** @returns whether there was room for it. */
  keep(message: Message, bytes: number): boolean {
    if (this.#messages.length >= this.#maxCount || this.#bytes + bytes > this.#maxBytes) return false;
    this.#messages.push(message);
    this.#bytes += bytes;
    return true;
  }

  /** All of them; there are none afterwards. */
  take(): readonly Message[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
