import type { Outbox } from './outbox.ts';
import { sessionTabMemory, type TabMemory } from './tab-memory.ts';

/**
 * Who this tab is to the room: the client id and the count of its messages, kept over reloads and given back when the
 * client is done with it.
 */
export class TabIdentity {
  readonly #outbox: Outbox;
  readonly #chosenId: string | undefined;
  readonly #memory: TabMemory;
  #key: string | null = null;
  #forgetPage: (() => void) | null = null;
  #released = false;

  constructor(outbox: Outbox, chosenId: string | undefined, memory: TabMemory = sessionTabMemory()) {
    this.#outbox = outbox;
    this.#chosenId = chosenId;
    this.#memory = memory;
  }

  /** Takes the identity of this tab at `url`; without effect when there is one. */
  take(url: string): void {
    if (this.#key !== null || this.#released) return;
    // A query often carries a credential: it is no part of the address, and does not belong in a storage.
    const key = url.split('?', 1)[0] ?? url;
    this.#key = key;
    const kept = this.#memory.take(key);
    const isOurs = kept !== null && (this.#chosenId === undefined || this.#chosenId === kept.clientId);
    this.#outbox.identify(isOurs ? kept : { clientId: this.#chosenId ?? randomId(), next: 1, waiting: [] });
    this.#watchPage(key);
  }

  /** Takes a new client id: the server lost count of the messages under the old one. */
  renew(): void {
    this.#outbox.identify({ clientId: randomId(), next: 1, waiting: [] });
  }

  /** Gives the identity back for the next client in this tab. */
  release(): void {
    this.#released = true;
    this.#forgetPage?.();
    if (this.#key !== null) this.#keep(this.#key);
  }

  #keep(key: string): void {
    const record = this.#outbox.toRecord();
    if (record) this.#memory.keep(key, record);
  }

  #watchPage(key: string): void {
    if (typeof window === 'undefined') return;
    let isKept = false;
    const keep = () => {
      isKept = true;
      this.#keep(key);
    };
    const retake = () => {
      // The page was only frozen: what it kept for another page is still in use here.
      if (isKept) this.#memory.take(key);
      isKept = false;
    };
    window.addEventListener('pagehide', keep);
    window.addEventListener('pageshow', retake);
    this.#forgetPage = () => {
      window.removeEventListener('pagehide', keep);
      window.removeEventListener('pageshow', retake);
    };
  }
}

/** 32 hexadecimal digits; `crypto.randomUUID` is missing on pages without https. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
