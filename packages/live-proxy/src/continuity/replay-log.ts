import { isMedia, type WaitingFrame } from './waiting-frames.ts';

/** Options of {@link ReplayLog}. */
export interface ReplayLogOptions {
  /** Bytes kept; the oldest media goes first, then the oldest of all. `0` is no bound. */
  readonly maxBytes: number;
  /** The number of the first message after the setup. Which one the service uses is not documented. */
  readonly firstIndex: number;
}

interface Sent {
  readonly sent: WaitingFrame;
  readonly index: number;
}

/**
 * What was sent on one connection and is not known to be consumed. With `transparent` resumption the service says up to
 * which message a handle holds; the rest is sent again on the next connection.
 */
export class ReplayLog {
  readonly #options: ReplayLogOptions;
  #sent: Sent[] = [];
  #bytes = 0;
  #next: number;
  #isIndexed = false;

  constructor(options: ReplayLogOptions) {
    this.#options = options;
    this.#next = options.firstIndex;
  }

  /** Whether the service has said a number at all; without one nobody knows what to send again. */
  get isIndexed(): boolean {
    return this.#isIndexed;
  }

  /** Where the next message will stand. */
  get position(): number {
    return this.#next;
  }

  /** A message was sent. It is not copied: give one that nobody changes. */
  sent(sent: WaitingFrame): void {
    this.#sent.push({ sent, index: this.#next });
    this.#next += 1;
    this.#bytes += sent.frame.data.byteLength;
    const { maxBytes } = this.#options;
    while (maxBytes > 0 && this.#bytes > maxBytes) {
      const oldestMedia = this.#sent.findIndex((one) => isMedia(one.sent));
      this.#dropAt(Math.max(0, oldestMedia));
    }
  }

  /** The newest handle holds everything up to this message. */
  consumed(lastIndex: number): void {
    this.#isIndexed = true;
    while (this.#sent[0] !== undefined && this.#sent[0].index <= lastIndex) this.#dropAt(0);
  }

  /** Forgets sound and pictures before a position: they have been answered, or must not be sent again. */
  dropMedia(before: number = this.#next): void {
    for (let index = this.#sent.length - 1; index >= 0; index -= 1) {
      const one = this.#sent[index];
      if (one !== undefined && one.index < before && isMedia(one.sent)) this.#dropAt(index);
    }
  }

  /** Takes what was not consumed, oldest first; the log begins again, for the next connection. */
  takeAll(): readonly WaitingFrame[] {
    const sent = this.#sent;
    this.#sent = [];
    this.#bytes = 0;
    this.#next = this.#options.firstIndex;
    return sent.map((one) => one.sent);
  }

  #dropAt(index: number): void {
    const [dropped] = this.#sent.splice(index, 1);
    this.#bytes -= dropped?.sent.frame.data.byteLength ?? 0;
  }
}
