import type { LogEntry, RoomServerMessage } from '@colloquy/live-protocol';
import type { RoomEngine } from '../../src/ports/room-engine.ts';
import type { RoomConnection } from '../../src/room-connection.ts';
import type { RoomManagerEvents } from '../../src/room-events.ts';
import { RoomManager } from '../../src/room-manager.ts';
import type { RoomManagerOptions } from '../../src/room-options.ts';
import { type FakeClock, settle } from '../../src/testing/fake-clock.ts';
import { RecordingConnection } from '../../src/testing/recording-connection.ts';
import { delegateEngine } from './delegate-engine.ts';

/** A server in front of an engine that it shares with others. What the engine tells of entries may get lost on the way. */
export class Edge {
  readonly rooms: RoomManager;
  readonly errors: RoomManagerEvents['error'][] = [];
  /** Whether the next entry is told of. */
  hears: (entry: LogEntry) => boolean = () => true;
  #connections = 0;
  readonly #name: string;

  constructor(name: string, engine: RoomEngine, clock: FakeClock, options: Partial<RoomManagerOptions> = {}) {
    this.#name = name;
    this.rooms = new RoomManager({ engine: this.#shared(engine), model: null, clock, ...options });
    this.rooms.on('error', (error) => this.errors.push(error));
  }

  /** A tab joins here; give it the one it was before, and it goes on from there. */
  async join(roomId: string, name: string, before: EdgeClient | null = null): Promise<EdgeClient> {
    this.#connections += 1;
    const port = new RecordingConnection(`${this.#name}-${this.#connections}`);
    const identity = { participantId: name.toLowerCase(), name, role: 'speaker' } as const;
    const resume = before?.resume;
    const clientId = `tab-${name}`;
    const wish = { identity, clientId, ...(resume && { resume }) };
    const connection = await this.rooms.connect(roomId, wish, port);
    await settle();
    return new EdgeClient(clientId, port, connection, before);
  }

  #shared(engine: RoomEngine): RoomEngine {
    return delegateEngine(engine, {
      subscribe: (room, listener) => engine.subscribe(room, (entry) => this.hears(entry) && listener(entry)),
      close: async () => {},
    });
  }
}

/** A tab on one connection, with what it had before. */
export class EdgeClient {
  readonly port: RecordingConnection;
  readonly connection: RoomConnection;
  readonly #before: readonly LogEntry[];
  readonly #clientId: string;
  #n: number;

  constructor(clientId: string, port: RecordingConnection, connection: RoomConnection, before: EdgeClient | null) {
    this.#clientId = clientId;
    this.port = port;
    this.connection = connection;
    this.#before = this.welcome.recovered ? (before?.list ?? []) : [];
    this.#n = before === null ? 0 : before.#n;
  }

  get welcome(): Extract<RoomServerMessage, { readonly type: 'welcome' }> {
    return this.port.last('welcome');
  }

  /** What it shows: what was recovered, and every entry that came since, as it came. */
  get list(): readonly LogEntry[] {
    return [...this.#before, ...this.port.entries];
  }

  get resume(): { readonly epoch: number; readonly seq: number } | undefined {
    const last = this.list.at(-1);
    return last && { epoch: this.welcome.epoch, seq: last.seq };
  }

  /** Writes the next text. @returns its cid. */
  say(text: string): string {
    this.#n += 1;
    return this.sayAgain(text);
  }

  /** Sends a text under the last number again. */
  sayAgain(text: string): string {
    const cid = `${this.#clientId}:${this.#n}`;
    this.connection.receive({ type: 'pub', cid, kind: 'msg.text', body: { text, toModel: false } });
    return cid;
  }

  /** The socket breaks. */
  cut(): void {
    this.connection.disconnected();
  }
}
