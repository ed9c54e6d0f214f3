import type {
  EntryActor,
  NewEntry,
  ParticipantRole,
  RoomClientMessage,
  RoomServerMessage,
} from '@colloquy/live-protocol';
import { parseCid } from '../engine/client-number.ts';
import { isRoomCoreError } from '../errors.ts';
import type { SkipResult } from '../ports/room-engine.ts';
import type { RoomIdentity } from '../room-identity.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { StoredResult } from './room-log.ts';

/** What taking texts needs of a room. */
export interface TextRoom {
  readonly limits: { readonly maxTextLength: number; readonly maxTextsPerSecond: number };
  monotonic(): number;
  /** What a person may do at this moment. */
  roleOf(participantId: string): ParticipantRole;
  append(entry: NewEntry): Promise<StoredResult>;
  skip(participantId: string, cid: string): Promise<SkipResult>;
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

  /** Entries above `truncateAfter` never were: the texts among them come again before others are taken. */
  epochTurned(truncateAfter: number): void {
    const lost = this.#stored.filter(({ seq }) => seq > truncateAfter).map(({ n }) => n);
    this.#stored = this.#stored.filter(({ seq }) => seq <= truncateAfter);
    if (lost.length > 0) this.#lost = Math.min(...lost, this.#lost ?? Number.POSITIVE_INFINITY);
  }

  // No await before the store is called: texts are stored in the order in which they came.
  async #publish({ cid, body }: PublishMessage): Promise<void> {
    const { room, identity, clientId, send } = this.#options;
    const { clientId: claimed, n } = parseCid(cid);
    if (claimed !== clientId) {
      this.#nack(cid, 'ERR_ROOM_INPUT', `The cid must begin with your clientId, ${clientId}.`, false);
      return;
    }
    if (this.#pending > MOST_PENDING || !this.#bucket.take(room.monotonic())) {
      const { maxTextsPerSecond } = room.limits;
      this.#nack(cid, 'ERR_TOO_FAST', `Send at most ${maxTextsPerSecond} texts per second; send this one again.`, true);
      return;
    }
    // The store has lost count of this client, and would take any number for its first.
    if (this.#lost !== null && n > this.#lost) {
      this.#answerNumber(cid, { outcome: 'gap', expected: this.#lost });
      return;
    }
    const refusal = this.#refusalOf(body.text);
    if (refusal) {
      await this.#refuse(cid, refusal.code, refusal.message);
      return;
    }
    const actor: EntryActor = { participantId: identity.participantId, name: identity.name };
    const text = body.text.toWellFormed();
    const result = await room.append({ kind: 'msg.text', actor, cid, body: { text, toModel: body.toModel } });
    if (n === this.#lost && result.outcome !== 'gap') this.#lost = null;
    if (result.outcome !== 'appended') {
      this.#answerNumber(cid, result);
      return;
    }
    this.#stored = [...this.#stored, { n, seq: result.entry.seq }].slice(-REMEMBERED);
    send({ type: 'ack', cid, seq: result.entry.seq });
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

  /** Refuses a message for good. Its number counts as used, or the client's next message would be a gap. */
  async #refuse(cid: string, code: string, message: string): Promise<void> {
    const result = await this.#options.room.skip(this.#options.identity.participantId, cid);
    const wasStored = result.outcome === 'duplicate' && result.seq !== null;
    if (result.outcome === 'gap' || wasStored) this.#answerNumber(cid, result);
    else this.#nack(cid, code, message, false);
  }

  #answerNumber(cid: string, result: Exclude<StoredResult, { readonly outcome: 'appended' }>): void {
    // 0: stored earlier, where is not known any more.
    if (result.outcome === 'duplicate') this.#options.send({ type: 'ack', cid, seq: result.seq ?? 0 });
    else this.#nack(cid, 'ERR_CID_GAP', `Messages are missing; send again from number ${result.expected}.`, true);
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
