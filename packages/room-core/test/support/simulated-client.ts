import type { LogEntry, RoomServerMessage } from '@colloquy/live-protocol';
import type { ConnectionPort } from '../../src/ports/connection.ts';
import type { RoomConnection } from '../../src/room-connection.ts';
import type { RoomManager } from '../../src/room-manager.ts';

/** Where a text is stored that was stored before, nobody knows where. */
const UNKNOWN = 0;

/** A client that follows the rules of the wire: a list without holes, and an outbox that is sent until acknowledged. */
export class SimulatedClient {
  readonly name: string;
  /** What it shows: always a contiguous slice of the log. */
  list: LogEntry[] = [];
  /** Texts that were acknowledged and not taken back by a new epoch. */
  acked: string[] = [];
  /** What the model said last, as far as it was told. */
  heard = '';
  /** Where they are said to be. */
  #stored: { readonly n: number; readonly text: string; readonly seq: number }[] = [];
  #outbox: { readonly n: number; readonly text: string }[] = [];
  #n = 0;
  #epoch = 0;
  #connection: RoomConnection | null = null;
  #socket: AbortController | null = null;
  #connections = 0;
  readonly #rooms: () => RoomManager;
  readonly #roomId: string;

  constructor(rooms: () => RoomManager, roomId: string, name: string) {
    this.#rooms = rooms;
    this.#roomId = roomId;
    this.name = name;
  }

  get idle(): boolean {
    return this.#outbox.length === 0;
  }

  get connected(): boolean {
    return this.#connection !== null;
  }

  /**
   * Joins, on a socket of its own: whatever that is told when it is cut or closed is told to nobody.
   * @throws what the server refuses it with, or that the socket was cut meanwhile.
   */
  async connect(): Promise<void> {
    this.#connections += 1;
    const socket = new AbortController();
    const gone = new Promise<never>((_, reject) => {
      socket.signal.addEventListener('abort', () => reject(socket.signal.reason), { once: true });
    });
    const port: ConnectionPort = {
      connectionId: `${this.name}-${this.#connections}`,
      send: (message) => {
        if (!socket.signal.aborted) this.#receive(message);
      },
      sendMedia: () => true,
      close: () => this.#gone(socket),
    };
    this.#socket = socket;
    const last = this.list.at(-1)?.seq;
    const resume = last === undefined ? {} : { resume: { epoch: this.#epoch, seq: last } };
    const identity = { participantId: this.name, name: this.name, role: 'speaker' } as const;
    const client = { identity, clientId: this.name, ...resume };
    const joining = this.#rooms().connect(this.#roomId, client, port, { signal: socket.signal });
    // A server that hangs, or is killed, takes nobody with it; one that comes round later finds nobody there.
    joining.then(
      (connection) => socket.signal.aborted && connection.disconnected(),
      () => {},
    );
    const connection = await Promise.race([joining, gone]);
    if (socket.signal.aborted) {
      connection.disconnected();
      throw socket.signal.reason;
    }
    this.#connection = connection;
    this.flush();
  }

  /** The socket breaks, also while it joins: nothing more arrives on either side. */
  cut(): void {
    const connection = this.#connection;
    if (this.#socket) this.#gone(this.#socket);
    connection?.disconnected();
  }

  say(text: string): void {
    this.#n += 1;
    this.#outbox.push({ n: this.#n, text });
    this.#send({ n: this.#n, text });
  }

  /** Sends everything again that was not acknowledged. */
  flush(): void {
    for (const message of this.#outbox) this.#send(message);
  }

  #gone(socket: AbortController): void {
    socket.abort(new Error(`the socket of ${this.name} was cut`));
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#connection = null;
  }

  #send({ n, text }: { readonly n: number; readonly text: string }): void {
    const cid = `${this.name}:${n}`;
    this.#connection?.receive({ type: 'pub', cid, kind: 'msg.text', body: { text, toModel: false } });
  }

  #receive(message: RoomServerMessage): void {
    if (message.type === 'welcome') {
      const last = this.list.at(-1)?.seq ?? 0;
      if (this.#epoch > 0 && message.epoch > this.#epoch) this.#takeBack(Math.min(message.truncateAfter ?? last, last));
      this.#epoch = message.epoch;
      if (!message.recovered) this.list = [];
    } else if (message.type === 'entries') {
      for (const entry of message.entries) this.#apply(entry);
    } else if (message.type === 'epoch') {
      this.#epoch = message.epoch;
      this.#takeBack(message.truncateAfter);
      this.flush();
    } else if (message.type === 'delta') {
      this.heard = this.heard.slice(0, message.offset) + message.text;
    } else if (message.type === 'ack') {
      const n = Number(message.cid.split(':')[1]);
      const acked = this.#outbox.find((waiting) => waiting.n === n);
      if (acked) {
        this.acked.push(acked.text);
        this.#stored.push({ ...acked, seq: message.seq === UNKNOWN ? this.#placeOf(n) : message.seq });
      }
      this.#outbox = this.#outbox.filter((waiting) => waiting.n !== n);
    } else if (message.type === 'nack' && message.code === 'ERR_CID_GAP') {
      const expected = Number(/\d+/.exec(message.message)?.[0]);
      // Of a text that is stored nobody knows where, nobody tells that it was lost either.
      this.#sendAgain(this.#stored.filter(({ n, seq }) => seq === UNKNOWN && n >= expected));
    }
  }

  /** Of a text that was stored before, what the log shows tells where. */
  #placeOf(n: number): number {
    return this.list.find(({ cid }) => cid === `${this.name}:${n}`)?.seq ?? UNKNOWN;
  }

  #show(entry: LogEntry): void {
    this.list.push(entry);
    const { cid, seq } = entry;
    this.#stored = this.#stored.map((stored) =>
      stored.seq === UNKNOWN && cid === `${this.name}:${stored.n}` ? { ...stored, seq } : stored,
    );
  }

  /** Entries above `seq` never were: own texts that are or may be among them go out again, before what came later. */
  #takeBack(seq: number): void {
    this.list = this.list.filter((entry) => entry.seq <= seq);
    this.#sendAgain(this.#stored.filter((stored) => stored.seq > seq || stored.seq === UNKNOWN));
  }

  #sendAgain(lost: readonly { readonly n: number; readonly text: string }[]): void {
    const numbers = new Set(lost.map(({ n }) => n));
    const texts = new Set(lost.map(({ text }) => text));
    this.#stored = this.#stored.filter(({ n }) => !numbers.has(n));
    this.acked = this.acked.filter((text) => !texts.has(text));
    this.#outbox = [...lost, ...this.#outbox].map(({ n, text }) => ({ n, text })).sort((a, b) => a.n - b.n);
  }

  #apply(entry: LogEntry): void {
    const last = this.list.at(-1)?.seq;
    if (last === undefined || entry.seq === last + 1) this.#show(entry);
    else if (entry.seq > last + 1) this.#connection?.receive({ type: 'sync', from: last });
  }
}
