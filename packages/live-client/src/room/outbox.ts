import type { LogEntry, RoomClientMessage } from '@colloquy/live-protocol';
import { LiveClientError } from '../errors.ts';

/** A text on its way into the log. */
export interface OutgoingText {
  /** Of this page only; stays the same when the number in the `cid` changes. */
  readonly id: string;
  readonly text: string;
  readonly toModel: boolean;
  /** When it was written, milliseconds since the Unix epoch. */
  readonly ts: number;
}

/** A text that the server will never take. */
export interface RefusedText extends OutgoingText {
  /** The number that it used up. */
  readonly n: number;
  readonly problem: string;
}

/** What has to outlive the page so that nothing is lost or doubled by a reload. */
export interface OutboxRecord {
  readonly clientId: string;
  /** Number of the first waiting text. */
  readonly next: number;
  readonly waiting: readonly Pick<OutgoingText, 'text' | 'toModel' | 'ts'>[];
}

/** What a refusal asks of the owner. */
export type NackConsequence =
  /** Send the same text again after a while. */
  | 'resend-later'
  /** Go on with {@link Outbox.toSend}. */
  | 'go-on'
  /** The server's count and ours cannot be brought together: take a new client id. */
  | 'identity-lost'
  | 'none';

interface StoredText extends OutgoingText {
  readonly n: number;
  readonly seq: number;
}

/** Texts that may wait; more is a mistake or an attack, and would flood the room later. */
const MAX_WAITING = 100;
/** Stored texts that are remembered, in case the server lost them. */
const MAX_STORED = 100;
const MAX_REFUSED = 20;

/** A refusal that says: there are numbers before this one that I do not know. */
const GAP = /gap/i;

/**
 * Texts between the keyboard and the log, each of which gets there exactly once.
 *
 * One text is under way at a time. What is sent again after a break carries the number it had, which the server may know
 * already. A text that was refused for good has used its number up; should the server think otherwise, it reports a gap,
 * and the next text steps back into it.
 */
export class Outbox {
  #clientId: string | null = null;
  #next = 1;
  #waiting: readonly OutgoingText[] = [];
  #refused: readonly RefusedText[] = [];
  #stored: readonly StoredText[] = [];
  #underWay = false;
  #counter = 0;

  get clientId(): string | null {
    return this.#clientId;
  }

  /** Oldest first. */
  get waiting(): readonly OutgoingText[] {
    return this.#waiting;
  }

  get refused(): readonly RefusedText[] {
    return this.#refused;
  }

  /** Stored by the server, while their log entries after `seq` have not come yet. */
  storedAfter(seq: number): readonly OutgoingText[] {
    return this.#stored.filter((text) => text.seq > seq);
  }

  /** Takes a client id and goes on where `record` stopped; texts that wait here already come after those in it. */
  identify(record: OutboxRecord): void {
    this.#clientId = record.clientId;
    this.#next = record.next;
    this.#stored = [];
    this.#refused = this.#refused.map((text) => ({ ...text, n: 0 }));
    this.#underWay = false;
    this.#waiting = [...record.waiting.map((text) => ({ ...text, id: this.#newId() })), ...this.#waiting];
  }

  /** What to keep for the next page; `null` before {@link Outbox.identify}. */
  toRecord(): OutboxRecord | null {
    if (this.#clientId === null) return null;
    const waiting = this.#waiting.map(({ text, toModel, ts }) => ({ text, toModel, ts }));
    return { clientId: this.#clientId, next: this.#next, waiting };
  }

  /** @throws LiveClientError `ERR_OUTBOX_FULL` */
  add(text: string, toModel: boolean, ts: number): void {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new LiveClientError('ERR_OUTBOX_FULL', `${MAX_WAITING} messages wait to be sent already.`, {
        hint: 'Wait until the connection is back before writing more.',
        retryable: true,
      });
    }
    this.#waiting = [...this.#waiting, { id: this.#newId(), text, toModel, ts }];
  }

  /** The message to send now; `null` while one is under way or nothing waits. Counts as sent. */
  toSend(): Extract<RoomClientMessage, { type: 'pub' }> | null {
    const [first] = this.#waiting;
    if (first === undefined || this.#underWay || this.#clientId === null) return null;
    this.#underWay = true;
    return {
      type: 'pub',
      cid: this.#firstCid(),
      kind: 'msg.text',
      body: { text: first.text, toModel: first.toModel },
    };
  }

  /** A new connection: what was under way has to be sent again. */
  reconnected(): void {
    this.#underWay = false;
  }

  /** The server stored a text under `seq`; also told by the log entry itself. */
  stored(cid: string, seq: number): void {
    const [first] = this.#waiting;
    if (first === undefined || cid !== this.#firstCid()) return;
    this.#stored = [...this.#stored, { ...first, n: this.#next, seq }].slice(-MAX_STORED);
    this.#waiting = this.#waiting.slice(1);
    this.#next += 1;
    this.#underWay = false;
  }

  /** The server refused a text. */
  refuse(cid: string, refusal: { code: string; message: string; retryable: boolean }): NackConsequence {
    const [first] = this.#waiting;
    if (first === undefined || cid !== this.#firstCid()) return 'none';
    this.#underWay = false;
    if (GAP.test(refusal.code)) return this.#stepBack();
    if (refusal.retryable) return 'resend-later';
    const refused = { ...first, n: this.#next, problem: refusal.message };
    this.#waiting = this.#waiting.slice(1);
    this.#refused = [...this.#refused, refused].slice(-MAX_REFUSED);
    this.#next += 1;
    return 'go-on';
  }

  /** Entries above `seq` were never durable: our own among them go out again, from their old numbers on. */
  truncated(seq: number): void {
    this.#putBack(this.#stored.filter((text) => text.seq > seq));
  }

  /** The id under which a log entry of ours was shown while it waited. */
  idOf(entry: LogEntry): string | null {
    if (entry.cid === undefined) return null;
    return this.#stored.find((text) => `${this.#clientId}:${text.n}` === entry.cid)?.id ?? null;
  }

  /** The server does not know the number before the first waiting one: that one goes out again, or is used again. */
  #stepBack(): NackConsequence {
    const n = this.#next - 1;
    const lost = this.#stored.find((text) => text.n === n);
    if (lost) this.#putBack([lost]);
    else if (this.#refused.some((text) => text.n === n)) this.#next = n;
    else return 'identity-lost';
    return 'go-on';
  }

  #putBack(texts: readonly StoredText[]): void {
    const [lowest] = texts;
    if (lowest === undefined) return;
    this.#stored = this.#stored.filter((text) => text.n < lowest.n);
    this.#waiting = [...texts.map(({ id, text, toModel, ts }) => ({ id, text, toModel, ts })), ...this.#waiting];
    this.#next = lowest.n;
    this.#underWay = false;
  }

  #firstCid(): string {
    return `${this.#clientId}:${this.#next}`;
  }

  #newId(): string {
    this.#counter += 1;
    return `out:${this.#counter}`;
  }
}
