import { RoomClient, type WebSocketConstructor } from '@colloquy/live-client';
import type { LogEntry, ModelStatus } from '@colloquy/live-protocol';
import { WebSocket } from 'ws';

/** What a {@link Participant} is made of. */
export interface ParticipantOptions {
  readonly name: string;
  readonly roomId: string;
  /** Address of a server, asked before each dial. */
  readonly server: () => string;
  readonly random: () => number;
  /** After every so many texts the connection breaks between the storing and the acknowledgement; `0`: never. */
  readonly cutEvery: number;
}

/** A text that the server said it has. */
export interface Acknowledged {
  readonly cid: string;
  readonly seq: number;
  /** On the monotonic clock, milliseconds. */
  readonly at: number;
}

interface Told<T> {
  readonly at: number;
  readonly what: T;
}

/** Somebody in a room, with the client that browsers have, over sockets that may be cut; notes all that a checker asks for. */
export class Participant {
  readonly name: string;
  readonly roomId: string;
  readonly client: RoomClient;
  readonly written: string[] = [];
  readonly acks: Acknowledged[] = [];
  /** Every entry as it was added to what is shown. */
  list: LogEntry[] = [];
  /** Times at which what is shown began anew, since too much had been missed. */
  restarts = 0;
  readonly problems: string[] = [];
  readonly model: Told<ModelStatus>[] = [];
  /** From the loss of a connection to being in the room again, milliseconds. */
  readonly recoveries: { readonly lostAt: number; readonly ms: number }[] = [];
  /** Whether sockets are cut as `cutEvery` says. */
  isCutOften = true;
  readonly #options: ParticipantOptions;
  readonly #acked = new Set<string>();
  readonly #writtenAt: number[] = [];
  #socket: WebSocket | null = null;
  #lostAt: number | null = null;
  #changed: () => void = () => {};

  constructor(options: ParticipantOptions) {
    const { name, roomId, server } = options;
    this.name = name;
    this.roomId = roomId;
    this.#options = options;
    this.client = new RoomClient({
      url: () => `${server()}/rooms/${roomId}`,
      ticket: name,
      clientId: `tab-${name}`,
      webSocket: this.#tappedSockets(),
      random: options.random,
      maxConnectAttempts: 0,
      maxTimelineItems: 200,
    });
    this.#listen();
  }

  /** Port of the server that it is connected to; `null`: none at the moment. */
  get port(): number | null {
    const socket = this.#socket;
    return socket?.readyState === WebSocket.OPEN ? Number(new URL(socket.url).port) : null;
  }

  get isOpen(): boolean {
    return this.client.getSnapshot().connection.status === 'open';
  }

  /** Everything that was written is acknowledged. */
  get isIdle(): boolean {
    return this.acks.length >= this.written.length;
  }

  get top(): number {
    return this.list.at(-1)?.seq ?? 0;
  }

  /** Writes the next text. @returns it. */
  write(toModel = false): string {
    const text = `${this.name} ${this.written.length + 1}`;
    this.#writtenAt.push(performance.now());
    this.client.sendText(text, { toModel });
    this.written.push(text);
    return text;
  }

  /** When a text was written, on the monotonic clock, milliseconds. */
  writtenAt(cid: string): number {
    return this.#writtenAt[Number(cid.split(':')[1]) - 1] ?? 0;
  }

  /** The connection breaks without a word. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Calls `listener` whenever something changed. */
  set onChanged(listener: () => void) {
    this.#changed = listener;
  }

  #listen(): void {
    const { client } = this;
    client.on('entryAdded', ({ entry }) => this.#added(entry));
    client.on('modelChanged', ({ model }) => {
      this.model.push({ at: performance.now(), what: model.status });
      this.#changed();
    });
    client.on('joined', () => {
      if (this.#lostAt === null) return;
      this.recoveries.push({ lostAt: this.#lostAt, ms: performance.now() - this.#lostAt });
      this.#lostAt = null;
      this.#changed();
    });
    client.on('stateChanged', ({ connection: { status } }) => {
      if (status === 'reconnecting') this.#lostAt ??= performance.now();
      this.#changed();
    });
    client.on('closed', ({ error }) => error && this.problems.push(`${this.name} was closed: ${error.message}`));
  }

  #added(entry: LogEntry): void {
    const { top } = this;
    if (this.list.length > 0 && entry.seq !== top + 1) {
      this.problems.push(`${this.name} was shown ${entry.seq} after ${top}`);
    }
    this.list.push(entry);
    // Whoever sees its text in the log does not send it again, and needs no answer.
    if (entry.kind === 'msg.text' && entry.cid !== undefined && entry.actor.name === this.name)
      this.#stored(entry.cid, entry.seq);
    this.#changed();
  }

  /** Looks at what came before the client does. */
  #heard(data: string): void {
    if (data.startsWith('{"type":"welcome"') && data.includes('"recovered":false')) {
      if (this.list.length > 0) this.restarts += 1;
      this.list = [];
    }
    if (!isAck(data)) return;
    const { cid, seq } = JSON.parse(data) as { cid: string; seq: number };
    this.#stored(cid, seq);
  }

  #stored(cid: string, seq: number): void {
    if (this.#acked.has(cid)) return;
    this.#acked.add(cid);
    this.acks.push({ cid, seq, at: performance.now() });
    this.#changed();
  }

  #tappedSockets(): WebSocketConstructor {
    const participant = this;
    const { cutEvery } = this.#options;
    let sent = 0;
    class TappedSocket extends WebSocket {
      /** Nothing is heard any more, and when the server has stored what was sent the connection breaks. */
      #isDeaf = false;

      constructor(url: string, protocols: string[]) {
        super(url, protocols, { perMessageDeflate: false });
        participant.#socket = this;
      }

      override emit(...args: Parameters<WebSocket['emit']>): boolean {
        const [event, data, isBinary] = args;
        if (event !== 'message' || isBinary) return super.emit(...args);
        const text = String(data);
        if (!this.#isDeaf) {
          participant.#heard(text);
          return super.emit(...args);
        }
        if (isAck(text) || text.startsWith('{"type":"nack"')) this.terminate();
        return true;
      }

      override send(data: Parameters<WebSocket['send']>[0]): void {
        super.send(data);
        if (typeof data !== 'string' || !data.startsWith('{"type":"pub"')) return;
        sent += 1;
        if (participant.isCutOften && sent % cutEvery === 0) this.#isDeaf = true;
      }
    }
    return TappedSocket as unknown as WebSocketConstructor;
  }
}

function isAck(data: string): boolean {
  return data.startsWith('{"type":"ack"');
}
