import type { LogEntry, RoomClientMessage } from '@colloquy/live-protocol';
import { LiveClientError } from '../errors.ts';

/** A text on its way into the log. */
export interface OutgoingText {
  /** Of this page only; stays the same whatever number the text is sent under. */
  readonly id: string;
  readonly text: string;
  readonly toModel: boolean;
  /** When it was written, milliseconds since the Unix epoch. */
  readonly ts: number;
}

/** A text that the server will never take. */
export interface RefusedText extends OutgoingText {
  readonly problem: string;
  /** Number of the last log entry that was there before the refusal. */
  readonly afterSeq: number;
}

/** What has to outlive the page so that nothing is lost or doubled by a reload. */
export interface OutboxRecord {
  readonly clientId: string;
  /** Number of the next text that has none. */
  readonly next: number;
  readonly waiting: readonly {
    readonly text: string;
    readonly toModel: boolean;
    readonly ts: number;
    readonly n: number | null;
  }[];
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

interface WaitingText extends OutgoingText {
  /** The number it was sent under before; `null` takes the next one. */
  readonly n: number | null;
}

interface StoredText extends OutgoingText {
  readonly cid: string;
  /** `null` when it was stored under an earlier client id. */
  readonly n: number | null;
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
 * One text is under way at a time. What is sent again carries the number it had, which the server may know already. A
 * text that was refused for good has used its number up. Where the server turns out to know fewer numbers than were used,
 * it reports a gap, and the outbox steps back one number at a time until both agree.
 */
export class Outbox {
  #clientId: string | null = null;
  #next = 1;
  #waiting: readonly WaitingText[] = [];
  #refused: readonly RefusedText[] = [];
  #stored: readonly StoredText[] = [];
  /** Numbers below the next one under which no text is stored. */
  readonly #unused = new Set<number>();
  #underWay = false;
  #counter = 0;

  get clientId(): string | null {
    return this.#clientId;
  }

  /** Oldest first. */
  get waiting(): readonly OutgoingText[] {
    return this.#waiting;
  }

  /** A new array after each change. */
  get refused(): readonly RefusedText[] {
    return this.#refused;
  }

  /** Stored by the server, while their log entries after `seq` have not come yet. */
  storedAfter(seq: number): readonly OutgoingText[] {
    return this.#stored.filter((text) => text.seq > seq);
  }

  /** Goes on where `record` stopped; texts that wait here already come after those in it. */
  identify(record: OutboxRecord): void {
    this.#clientId = record.clientId;
    this.#next = record.next;
    this.#underWay = false;
    this.#unused.clear();
    this.#stored = this.#stored.map((text) => ({ ...text, n: null }));
    const here = this.#waiting.map((text) => ({ ...text, n: null }));
    this.#waiting = [...record.waiting.map((text) => ({ ...text, id: this.#newId() })), ...here];
  }

  /** What to keep for the next page; `null` before {@link Outbox.identify}. */
  toRecord(): OutboxRecord | null {
    if (this.#clientId === null) return null;
    const waiting = this.#waiting.map(({ text, toModel, ts, n }) => ({ text, toModel, ts, n }));
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
    this.#waiting = [...this.#waiting, { id: this.#newId(), text, toModel, ts, n: null }];
  }

  /** The message to send now; `null` while one is under way or nothing waits. Counts as sent. */
  toSend(): Extract<RoomClientMessage, { type: 'pub' }> | null {
    const [first] = this.#waiting;
    if (first === undefined || this.#underWay || this.#clientId === null) return null;
    this.#underWay = true;
    const { text, toModel } = first;
    return { type: 'pub', cid: this.#cidOf(first), kind: 'msg.text', body: { text, toModel } };
  }

  /** A new connection: what was under way has to be sent again. */
  reconnected(): void {
    this.#underWay = false;
  }

  /** The server stored a text under `seq`; also told by the log entry itself. */
  stored(cid: string, seq: number): void {
    const [first] = this.#waiting;
    if (first === undefined || cid !== this.#cidOf(first)) return;
    const stored = { ...first, cid, n: this.#numberOf(first), seq };
    this.#stored = [...this.#stored, stored].slice(-MAX_STORED);
    this.#dropFirst(first);
  }

  /** The server refused a text; `afterSeq` is the last log entry seen so far. */
  refuse(
    cid: string,
    refusal: { readonly code: string; readonly message: string; readonly retryable: boolean },
    afterSeq: number,
  ): NackConsequence {
    const [first] = this.#waiting;
    if (first === undefined || cid !== this.#cidOf(first)) return 'none';
    this.#underWay = false;
    if (GAP.test(refusal.code)) return this.#stepBack(first);
    if (refusal.retryable) return 'resend-later';
    const { id, text, toModel, ts } = first;
    const refused = { id, text, toModel, ts, problem: refusal.message, afterSeq };
    this.#refused = [...this.#refused, refused].slice(-MAX_REFUSED);
    this.#unused.add(this.#numberOf(first));
    this.#dropFirst(first);
    return 'go-on';
  }

  /** Entries above `seq` may not be durable: our own among them go out again, under their old numbers. */
  truncated(seq: number): void {
    this.#putBack(this.#stored.filter((text) => text.seq > seq));
  }

  /** The id under which a log entry of ours was shown while it waited. */
  idOf(entry: LogEntry): string | null {
    if (entry.cid === undefined) return null;
    return this.#stored.find(({ cid }) => cid === entry.cid)?.id ?? null;
  }

  /** The server does not know the number before this text's: the text of it goes out again, or the number is used again. */
  #stepBack(first: WaitingText): NackConsequence {
    const n = this.#numberOf(first);
    const lost = this.#stored.find((text) => text.n === n - 1);
    if (lost) {
      this.#putBack([lost]);
    } else if (this.#unused.delete(n - 1)) {
      if (n < this.#next) this.#unused.add(n);
      this.#waiting = [{ ...first, n: n - 1 }, ...this.#waiting.slice(1)];
    } else {
      return 'identity-lost';
    }
    return 'go-on';
  }

  #putBack(texts: readonly StoredText[]): void {
    if (texts.length === 0) return;
    this.#stored = this.#stored.filter((text) => !texts.includes(text));
    this.#waiting = [...texts.map(({ id, text, toModel, ts, n }) => ({ id, text, toModel, ts, n })), ...this.#waiting];
    this.#underWay = false;
  }

  #dropFirst(first: WaitingText): void {
    if (first.n === null) this.#next += 1;
    this.#waiting = this.#waiting.slice(1);
    this.#underWay = false;
  }

  #numberOf(text: WaitingText): number {
    return text.n ?? this.#next;
  }

  #cidOf(text: WaitingText): string {
    return `${this.#clientId}:${this.#numberOf(text)}`;
  }

  #newId(): string {
    this.#counter += 1;
    return `out:${this.#counter}`;
  }
}
