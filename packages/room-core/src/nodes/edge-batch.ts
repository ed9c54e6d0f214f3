import type { RoomServerMessage } from '@colloquy/live-protocol';
import { encodeText } from './node-frame.ts';

type SendTogether = (what: 'send' | 'media', to: readonly string[], bytes: Uint8Array) => void;

/**
 * What goes to many connections of one node goes there once: a room hands the same text, or the same frame, to one port after
 * the other, within one turn of the event loop.
 */
export class EdgeBatch {
  readonly #sendTogether: SendTogether;
  #what: 'send' | 'media' = 'send';
  #content: string | Uint8Array | null = null;
  #to: string[] = [];
  #isDisposed = false;

  constructor(sendTogether: SendTogether) {
    this.#sendTogether = sendTogether;
  }

  send(to: string, _message: RoomServerMessage, encoded: string): void {
    this.#add('send', to, encoded);
  }

  media(to: string, frame: Uint8Array): void {
    this.#add('media', to, frame);
  }

  /** Sends what waits; something else must not overtake it. */
  flush(): void {
    const content = this.#content;
    if (content === null || this.#isDisposed) return;
    const to = this.#to;
    this.#content = null;
    this.#to = [];
    this.#sendTogether(this.#what, to, typeof content === 'string' ? encodeText(content) : content);
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  #add(what: 'send' | 'media', to: string, content: string | Uint8Array): void {
    if (content !== this.#content || what !== this.#what || this.#to.includes(to)) {
      this.flush();
      queueMicrotask(() => this.flush());
    }
    this.#what = what;
    this.#content = content;
    this.#to.push(to);
  }
}
