import type { NewEntry, ParticipantRole, RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import { parseCid } from '../engine/client-number.ts';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import type { RoomIdentity } from '../room-identity.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { SkippedResult, StoredResult } from './room-log.ts';

/** What taking texts needs of a room. */
export interface TextRoom {
  readonly limits: { readonly maxTextLength: number; readonly maxTextsPerSecond: number };
  monotonic(): number;
  /** What a person may do at this moment. */
  roleOf(participantId: string): ParticipantRole;
  append(entry: NewEntry): Promise<StoredResult>;
  skip(participantId: string, cid: string): Promise<SkippedResult>;
  report(error: unknown): void;
}

/** What a {@link TextIntake} is made of. */
export interface TextIntakeOptions {
  readonly room: TextRoom;
  readonly identity: RoomIdentity;
  readonly clientId: string;
  readonly send: (message: Extract<RoomServerMessage, { type: 'ack' | 'nack' }>) => void;
}

type PublishMessage = Extract<RoomClientMessage, { type: 'pub' }>;

/** Most texts of one client that may wait for the store at once. */
const MOST_PENDING = 32;
/** Stored texts that are remembered, in case the engine loses them; as many as a client remembers. */
const REMEMBERED = 100;

/**
 * Stores what one client writes, each message once, and answers with `ack` or `nack`. The model is asked by whoever runs
 * the room, when the text stands in the log: an answer of the store that is lost on its way changes nothing about that.
 */
export class TextIntake {
  readonly #options: TextIntakeOptions;
  readonly #bucket: TokenBucket;
  #pending = 0;
  /** What was stored of late, oldest first. */
  #stored: readonly { readonly n: number; readonly seq: number }[] = [];
  /** The first number that has to come again before any other; `null` for none. */
  #lost: number | null = null;
  /** The highest number that the store has of this client, as far as this connection knows. */
  #highest = 0;
  /** A text on its way by which the store gets to know this client; never rejects. */
  #first: Promise<void> | null = null;
  #isOver = false;
  /** Epochs that began while this connection was there: what was asked before is answered for nothing. */
  #turns = 0;

  constructor(options: TextIntakeOptions) {
    this.#options = options;
    const { limits } = options.room;
    this.#bucket = new TokenBucket(limits.maxTextsPerSecond, limits.maxTextsPerSecond * 2, options.room.monotonic());
  }

  receive(message: PublishMessage): void {
    this.#pending += 1;
    this.#publish(message)
      .catch((error: unknown) => this.#nackError(message.cid, error))
      .finally(() => {
        this.#pending -= 1;
      });
  }

  /** The connection is gone: what waits here is not stored. */
  end(): void {
    this.#isOver = true;
  }

  /** Entries above `truncateAfter` never were: the texts among them come again before others are taken. */
  epochTurned(truncateAfter: number): void {
    const lost = this.#stored.filter(({ seq }) => seq > truncateAfter).map(({ n }) => n);
    this.#stored = this.#stored.filter(({ seq }) => seq <= truncateAfter);
    this.#turns += 1;
    // What was acknowledged without a place may be gone with the rest: only what is below the end is known to be there.
    this.#highest = Math.max(0, ...this.#stored.map(({ n }) => n));
    if (lost.length > 0) this.#lost = Math.min(...lost, this.#lost ?? Number.POSITIVE_INFINITY);
  }

  async #publish(message: PublishMessage): Promise<void> {
    const { room, clientId } = this.#options;
    const { cid } = message;
    const { clientId: claimed, n } = parseCid(cid);
    if (claimed !== clientId) {
      this.#nack(cid, 'ERR_ROOM_INPUT', `The cid must begin with your clientId, ${clientId}.`, false);
      return;
    }
    if (this.#pending > MOST_PENDING || !this.#bucket.take(room.monotonic())) {
      const { maxTextsPerSecond } = room.limits;
      if (!this.#first) this.#comesAgain(n);
      this.#nack(cid, 'ERR_TOO_FAST', `Send at most ${maxTextsPerSecond} texts per second; send this one again.`, true);
      return;
    }
    // The store takes any number for the first of a client that it does not know: were a later text stored before an earlier
    // one, that one would count as a duplicate, and be acknowledged without being there.
    while (!this.#isKnown && this.#first) await this.#first;
    // Whoever is gone sends it again where it comes back: by then nobody here knows what it may do.
    if (this.#isOver) return;
    if (this.#isKnown) return this.#store(message, n);
    const stored = this.#store(message, n);
    const first = stored
      .catch(() => {})
      .finally(() => {
        if (this.#first === first) this.#first = null;
      });
    this.#first = first;
    return stored;
  }

  /** Whether the store refuses numbers of this client that skip others. */
  get #isKnown(): boolean {
    return this.#highest > 0;
  }

  // No await before the store is called: texts are stored in the order in which they came.
  async #store({ cid, body }: PublishMessage, n: number): Promise<void> {
    const { room, identity, send } = this.#options;
    // The store has lost count of this client, and would take any number for its first.
    if (this.#lost !== null && n > this.#lost) {
      this.#nackGap(cid, this.#lost);
      return;
    }
    const turns = this.#turns;
    const refusal = this.#refusalOf(body.text);
    // What is refused for good uses its number up, or the client's next message would be a gap.
    const stored = refusal ? room.skip(identity.participantId, cid) : room.append(this.#toEntry(cid, body));
    const result = await stored.catch((error: unknown) => {
      this.#comesAgain(n);
      throw error;
    });
    // Nothing is awaited from here on: what is acknowledged is there in the epoch of which the client knows.
    if (turns !== this.#turns) {
      this.#comesAgain(n);
      throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log began a new epoch meanwhile; send it again.');
    }
    if (result.outcome === 'gap') {
      this.#nackGap(cid, result.expected);
      return;
    }
    const seq = placeOf(result);
    this.#isThere(n, seq);
    if (refusal && seq === null) this.#nack(cid, refusal.code, refusal.message, false);
    // 0: stored earlier, where is not known any more.
    else send({ type: 'ack', cid, seq: seq ?? 0 });
  }

  #toEntry(cid: string, { text, toModel }: PublishMessage['body']): NewEntry {
    const { participantId, name } = this.#options.identity;
    return { kind: 'msg.text', actor: { participantId, name }, cid, body: { text: text.toWellFormed(), toModel } };
  }

  /** A text was refused for now: those behind it have to wait for it. Once the store knows the client, it sees to that itself. */
  #comesAgain(n: number): void {
    if (!this.#isKnown) this.#lost = Math.min(n, this.#lost ?? Number.POSITIVE_INFINITY);
  }

  #isThere(n: number, seq: number | null): void {
    this.#highest = Math.max(this.#highest, n);
    if (n === this.#lost) this.#lost = null;
    if (seq !== null) this.#stored = [...this.#stored, { n, seq }].slice(-REMEMBERED);
  }

  #refusalOf(text: string): { readonly code: string; readonly message: string } | null {
    const { identity, room } = this.#options;
    const { maxTextLength } = room.limits;
    if (room.roleOf(identity.participantId) === 'viewer') {
      return { code: 'ERR_NOT_ALLOWED', message: 'Viewers cannot write here.' };
    }
    if (text.trim() === '') return { code: 'ERR_ROOM_INPUT', message: 'The text has nothing but spaces.' };
    if (text.length <= maxTextLength) return null;
    const message = `The text has ${text.length} characters; the most is ${maxTextLength}. Send it in parts.`;
    return { code: 'ERR_ROOM_INPUT', message };
  }

  #nackGap(cid: string, expected: number): void {
    this.#nack(cid, 'ERR_CID_GAP', `Messages are missing; send again from number ${expected}.`, true);
  }

  #nackError(cid: string, error: unknown): void {
    const known = isRoomCoreError(error);
    const code = known ? error.code : 'ERR_STORE_UNAVAILABLE';
    const message = known ? error.message : 'The message could not be stored; send it again later.';
    if (code === 'ERR_STORE_UNAVAILABLE') this.#options.room.report(error);
    this.#nack(cid, code, message, code === 'ERR_STORE_UNAVAILABLE' || code === 'ERR_SHUT_DOWN');
  }

  #nack(cid: string, code: string, message: string, retryable: boolean): void {
    this.#options.send({ type: 'nack', cid, code, message, retryable });
  }
}

/** Where a text stands; `null` where that is not known, or it never will. */
function placeOf(result: Exclude<StoredResult | SkippedResult, { readonly outcome: 'gap' }>): number | null {
  if (result.outcome === 'appended') return result.entry.seq;
  return result.outcome === 'duplicate' ? result.seq : null;
}
