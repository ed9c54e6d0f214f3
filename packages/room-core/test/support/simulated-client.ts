import type { LogEntry, RoomServerMessage } from '@colloquy/live-protocol';
import type { ConnectionPort } from '../../src/ports/connection.ts';
import type { RoomConnection } from '../../src/room-connection.ts';
import type { RoomManager } from '../../src/room-manager.ts';

/** A client that follows the rules of the wire: a list without holes, and an outbox that is sent until acknowledged. */
export class SimulatedClient {
  readonly name: string;
  /** What it shows: always a contiguous slice of the log. */
  list: LogEntry[] = [];
  /** Texts that were acknowledged and not taken back by a new epoch. */
  acked: string[] = [];
  /** Where they are said to be. */
  #stored: { readonly n: number; readonly text: string; readonly seq: number }[] = [];
  #outbox: { readonly n: number; readonly text: string }[] = [];
  #n = 0;
  #epoch = 0;
  #connection: RoomConnection | null = null;
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

  async connect(): Promise<void> {
    this.#connections += 1;
    const connectionId = `${this.name}-${this.#connections}`;
    const port: ConnectionPort = {
      connectionId,
      send: (message) => {
        if (current) this.#receive(message);
      },
      sendMedia: () => true,
      close: () => {},
    };
    let current = true;
    const last = this.list.at(-1)?.seq;
    const resume = last === undefined ? {} : { resume: { epoch: this.#epoch, seq: last } };
    const identity = { participantId: this.name, name: this.name, role: 'speaker' } as const;
    const connection = await this.#rooms().connect(this.#roomId, { identity, clientId: this.name, ...resume }, port);
    this.#connection = connection;
    this.#cut = () => {
      current = false;
      this.#connection = null;
      connection.disconnected();
    };
    this.flush();
  }

  /** The socket breaks: nothing more arrives on either side. */
  cut(): void {
    this.#cut();
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

  #cut: () => void = () => {};

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
    } else if (message.type === 'ack') {
      const n = Number(message.cid.split(':')[1]);
      const acked = this.#outbox.find((waiting) => waiting.n === n);
      if (acked) {
        this.acked.push(acked.text);
        this.#stored.push({ ...acked, seq: message.seq });
      }
      this.#outbox = this.#outbox.filter((waiting) => waiting.n !== n);
    }
  }

  /** Entries above `seq` never were: own texts among them go out again, before what came later. */
  #takeBack(seq: number): void {
    this.list = this.list.filter((entry) => entry.seq <= seq);
    const lost = this.#stored.filter((stored) => stored.seq > seq);
    this.#stored = this.#stored.filter((stored) => stored.seq <= seq);
    this.acked = this.acked.filter((text) => !lost.some((stored) => stored.text === text));
    this.#outbox = [...lost, ...this.#outbox].map(({ n, text }) => ({ n, text })).sort((a, b) => a.n - b.n);
  }

  #apply(entry: LogEntry): void {
    const last = this.list.at(-1)?.seq;
    if (last === undefined || entry.seq === last + 1) this.list.push(entry);
    else if (entry.seq > last + 1) this.#connection?.receive({ type: 'sync', from: last });
  }
}
