import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import type { Clock, Timer } from '@colloquy/room-core';

/** What {@link GuestTexts} is made of. */
export interface GuestTextsOptions {
  readonly clock: Clock;
  readonly clientId: string;
  readonly tell: (message: RoomClientMessage) => void;
  /** A text was refused for good. */
  readonly onRefused: (why: string) => void;
  /** Texts cannot be stored; nothing more is tried. */
  readonly onLost: (why: string) => void;
}

type Publish = Extract<RoomClientMessage, { readonly type: 'pub' }>;
type Answer = Extract<RoomServerMessage, { readonly type: 'ack' | 'nack' }>;

const RETRY_MS = 1_000;
/** Retries without one text stored between them. */
const MOST_RETRIES = 30;
/** Texts that wait, which is what a burst may bring at once and a store that is slow for seconds. */
const MOST_WAITING = 64;

/**
 * The outbox of somebody whose wire has none: what they write is told again, in order, until the room has stored or refused
 * it.
 */
export class GuestTexts {
  readonly #options: GuestTextsOptions;
  /** By its `cid`, oldest first. */
  readonly #waiting = new Map<string, Publish>();
  #count = 0;
  #retries = 0;
  #timer: Timer | null = null;

  constructor(options: GuestTextsOptions) {
    this.#options = options;
  }

  say(text: string, toModel: boolean): void {
    if (this.#waiting.size >= MOST_WAITING) {
      this.#options.onLost(`${MOST_WAITING} texts wait to be stored; write less at once, and connect again.`);
      return;
    }
    this.#count += 1;
    const cid = `${this.#options.clientId}:${this.#count}`;
    const message: Publish = { type: 'pub', cid, kind: 'msg.text', body: { text, toModel } };
    this.#waiting.set(cid, message);
    // Behind one that is told again later it would only be out of order.
    if (this.#timer === null) this.#options.tell(message);
  }

  answered(answer: Answer): void {
    if (answer.type === 'nack' && answer.retryable) {
      this.#timer ??= this.#options.clock.setTimer(RETRY_MS, () => this.#tellAgain(answer.message));
      return;
    }
    if (answer.type === 'nack' && this.#waiting.has(answer.cid)) this.#options.onRefused(answer.message);
    this.#waiting.delete(answer.cid);
    this.#retries = 0;
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting.clear();
  }

  #tellAgain(why: string): void {
    this.#timer = null;
    this.#retries += 1;
    if (this.#retries > MOST_RETRIES) this.#options.onLost(why);
    else for (const message of [...this.#waiting.values()]) this.#options.tell(message);
  }
}
