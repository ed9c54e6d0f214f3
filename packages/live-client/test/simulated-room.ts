import type { LogEntry, RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import type { ScriptedSocket } from '../src/testing/scripted-network.ts';
import { ANA, actor, entry, welcome } from './room-fixtures.ts';

/** Pseudo-random numbers from a seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** More than so many missed entries are not recovered: the newest page comes instead. */
const MAX_RECOVERED = 30;
const PAGE = 10;

/**
 * A room server that follows the rules of the wire, over a line that does not: what it sends is doubled, reordered and
 * lost at random.
 */
export class SimulatedRoom {
  log: LogEntry[] = [];
  epoch = 1;
  /** Whether the line misbehaves. */
  isFaulty = true;
  readonly #random: () => number;
  readonly #lastNumbers = new Map<string, number>();
  /** Where each epoch but the current one ended. */
  readonly #ends = new Map<number, number>();
  #socket: ScriptedSocket | null = null;
  #read = 0;
  #queue: RoomServerMessage[] = [];
  #joined = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  get top(): number {
    return this.log.length;
  }

  /** Whether this client has said hello on its newest socket. */
  get isJoined(): boolean {
    return this.#joined;
  }

  /** Takes a new socket of the client. */
  accept(socket: ScriptedSocket): void {
    this.#socket = socket;
    this.#read = 0;
    this.#queue = [];
    this.#joined = false;
    socket.accept();
  }

  /** Cuts the line; what was under way is lost. */
  cut(code = 1006): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#queue = [];
    this.#joined = false;
    socket?.end(code);
  }

  /** Ben writes something. */
  write(): void {
    this.#append(entry(this.top + 1, { epoch: this.epoch }));
  }

  /** The engine loses its newest entries, with what it knew of them, and everybody's connection. */
  lose(count: number): void {
    this.log = this.log.slice(0, Math.max(0, this.top - count));
    this.#ends.set(this.epoch, this.top);
    this.epoch += 1;
    this.#lastNumbers.clear();
    for (const { cid } of this.log) this.#remember(cid);
    this.cut(4500);
  }

  /** Reads what the client sent and delivers some of what waits for it. */
  step(): void {
    const socket = this.#socket;
    if (!socket) return;
    const unread = socket.messages().slice(this.#read);
    this.#read += unread.length;
    for (const message of unread) this.#receive(message as RoomClientMessage);
    const count = this.isFaulty ? Math.floor(this.#random() * 4) : this.#queue.length;
    for (let i = 0; i < count && this.#queue.length > 0 && this.#socket === socket; i += 1) {
      const at = this.isFaulty && this.#chance(0.3) ? Math.floor(this.#random() * Math.min(4, this.#queue.length)) : 0;
      const [message] = this.#queue.splice(at, 1);
      if (!message) continue;
      const isEntries = message.type === 'entries';
      if (this.isFaulty && isEntries && this.#chance(0.1)) continue;
      socket.say(message);
      if (this.isFaulty && isEntries && this.#chance(0.2)) socket.say(message);
    }
  }

  #receive(message: RoomClientMessage): void {
    switch (message.type) {
      case 'hello':
        this.#hello(message);
        return;
      case 'pub':
        this.#publish(message);
        return;
      case 'sync':
        this.#queue.push({ type: 'entries', entries: this.log.slice(message.from) });
        return;
      case 'ping':
        this.#queue.push({ type: 'pong', t: message.t, serverTime: 0 });
        return;
      case 'history': {
        const page = this.log.slice(Math.max(0, message.before - 1 - message.limit), message.before - 1);
        this.#queue.push({ type: 'history', id: message.id, entries: page, hasOlder: (page[0]?.seq ?? 1) > 1 });
        return;
      }
      default:
        return;
    }
  }

  #hello({ resume }: Extract<RoomClientMessage, { type: 'hello' }>): void {
    this.#joined = true;
    const end = resume && resume.epoch < this.epoch ? this.#endSince(resume.epoch) : null;
    const truncateAfter = end !== null && resume && resume.seq > end ? end : undefined;
    const from = truncateAfter ?? resume?.seq ?? -1;
    const recovered = resume !== undefined && from <= this.top && this.top - from <= MAX_RECOVERED;
    const page = recovered ? this.log.slice(from) : this.log.slice(-PAGE);
    this.#socket?.say(
      welcome({
        epoch: this.epoch,
        top: this.top,
        recovered,
        ...(truncateAfter === undefined ? {} : { truncateAfter }),
        hasOlder: (page[0]?.seq ?? 1) > 1,
      }),
    );
    // The first page comes whole: the line misbehaves afterwards.
    if (page.length > 0) this.#socket?.say({ type: 'entries', entries: page });
  }

  /** The lowest end of any epoch from `epoch` on: everything above it was lost at some time. */
  #endSince(epoch: number): number {
    return Math.min(...[...this.#ends].filter(([ended]) => ended >= epoch).map(([, end]) => end));
  }

  #publish({ cid, body }: Extract<RoomClientMessage, { type: 'pub' }>): void {
    const [clientId = '', n = '0'] = cid.split(':');
    const last = this.#lastNumbers.get(clientId);
    const isNext = last === undefined || Number(n) === last + 1;
    if (isNext && this.#chance(0.1)) {
      this.#queue.push({ type: 'nack', cid, code: 'busy', message: 'Later.', retryable: true });
      return;
    }
    if (isNext && body.text.startsWith('bad')) {
      // A refusal for good uses a number up; servers that do not count it are met half of the time.
      if (this.#chance(0.5)) this.#remember(cid);
      this.#queue.push({ type: 'nack', cid, code: 'refused', message: 'No.', retryable: false });
      return;
    }
    if (last !== undefined && Number(n) > last + 1) {
      this.#queue.push({ type: 'nack', cid, code: 'gap', message: `Send from ${last + 1}.`, retryable: true });
      return;
    }
    if (last === undefined || Number(n) > last) {
      this.#append(entry(this.top + 1, { epoch: this.epoch, actor: actor(ANA), cid, body }));
    }
    const seq = this.log.find((one) => one.cid === cid)?.seq ?? 0;
    // The line may break between storing and answering.
    if (this.isFaulty && this.#chance(0.1)) this.cut();
    else this.#queue.push({ type: 'ack', cid, seq });
  }

  #append(appended: LogEntry): void {
    this.log.push(appended);
    this.#remember(appended.cid);
    if (this.#joined) this.#queue.push({ type: 'entries', entries: [appended] });
  }

  #remember(cid: string | undefined): void {
    const [clientId, n] = cid?.split(':') ?? [];
    if (clientId === undefined || n === undefined) return;
    this.#lastNumbers.set(clientId, Math.max(Number(n), this.#lastNumbers.get(clientId) ?? 0));
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}
