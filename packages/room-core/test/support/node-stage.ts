import type { LogEntry, ParticipantRole } from '@colloquy/live-protocol';
import { RoomCoreError } from '../../src/errors.ts';
import { memoryEngine } from '../../src/memory-engine.ts';
import type { RoomConnection } from '../../src/room-connection.ts';
import type { RoomManagerEvents } from '../../src/room-events.ts';
import { RoomManager } from '../../src/room-manager.ts';
import type { RoomManagerOptions } from '../../src/room-options.ts';
import { FakeClock, settle } from '../../src/testing/fake-clock.ts';
import { type MemoryNode, MemoryNodes } from '../../src/testing/memory-nodes.ts';
import { RecordingConnection } from '../../src/testing/recording-connection.ts';
import { ScriptedModel } from '../../src/testing/scripted-model.ts';
import { delegateEngine } from './delegate-engine.ts';

/** Several servers that share rooms, in one process and on one fake clock. */
export class NodeStage {
  readonly clock: FakeClock = new FakeClock();
  readonly nodes: MemoryNodes = new MemoryNodes(memoryEngine({ now: () => this.clock.now() }), this.clock);
  readonly #options: Partial<RoomManagerOptions>;
  roomId = '';

  private constructor(options: Partial<RoomManagerOptions>) {
    this.#options = options;
  }

  static async open(options: Partial<RoomManagerOptions> = {}): Promise<NodeStage> {
    const stage = new NodeStage(options);
    const admin = new RoomManager({ engine: stage.nodes.engine, model: null, clock: stage.clock });
    const defaults = { speakerCues: 'none', ...options.defaultConfiguration } as const;
    stage.roomId = (await admin.create({ name: 'Panel', configuration: defaults })).id;
    return stage;
  }

  server(name: string): NodeServer {
    return new NodeServer(name, this, this.#options);
  }

  /** Which server runs the room; `null`: none. */
  get owner(): string | null {
    return this.nodes.holder(this.roomId)?.nodeId ?? null;
  }

  async entries(): Promise<readonly LogEntry[]> {
    return this.nodes.engine.read(this.roomId, { from: 1, limit: 500 });
  }

  async kinds(): Promise<readonly string[]> {
    return (await this.entries()).map(({ kind }) => kind);
  }
}

/** One of them, with a model of its own. */
export class NodeServer {
  readonly node: MemoryNode;
  readonly model: ScriptedModel = new ScriptedModel();
  readonly rooms: RoomManager;
  readonly errors: RoomManagerEvents['error'][] = [];
  /** How often it has asked the shared store. */
  readonly counts: { reads: number; kept: number } = { reads: 0, kept: 0 };
  readonly #stage: NodeStage;

  constructor(name: string, stage: NodeStage, options: Partial<RoomManagerOptions>) {
    this.#stage = stage;
    this.node = stage.nodes.node(name);
    const { engine: shared } = stage.nodes;
    const engine = delegateEngine(shared, {
      shared: true,
      append: async (...args) => {
        if (this.isDead) throw new Error('a dead server writes nothing');
        this.#check();
        return shared.append(...args);
      },
      skip: async (...args) => {
        this.#check();
        return shared.skip(...args);
      },
      position: async (...args) => {
        this.#check();
        return shared.position(...args);
      },
      subscribe: (roomId, listener) =>
        shared.subscribe(roomId, (entry) => !this.isDead && !this.#isCutOff && listener(entry)),
      read: async (...args) => {
        this.#check();
        this.counts.reads += 1;
        return shared.read(...args);
      },
    });
    const kept = this.node.kept.bind(this.node);
    this.node.kept = (...args) => {
      this.counts.kept += 1;
      return kept(...args);
    };
    this.rooms = new RoomManager({ engine, model: this.model, clock: stage.clock, ...options, node: this.node });
    this.rooms.on('error', (error) => this.errors.push(error));
  }

  async join(name: string, options: NodeJoin = {}): Promise<NodeGuest> {
    const guest = new NodeGuest(name, options);
    const joining = this.rooms.connect(this.#stage.roomId, guest.hello, guest.port);
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    joining.then(done, done);
    for (let turn = 0; turn < 100 && !isDone; turn += 1) await settle();
    guest.connection = await joining;
    await settle();
    return guest;
  }

  /** It reaches neither the store nor other servers, until it does again. */
  cutOff(isCutOff: boolean): void {
    this.#isCutOff = isCutOff;
    this.node.isCutOff = isCutOff;
  }

  #check(): void {
    if (this.#isCutOff) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The store cannot be reached.');
  }

  #isCutOff = false;

  /** The process ends without a word. */
  kill(): void {
    this.node.isCutOff = true;
    this.isDead = true;
  }

  isDead = false;
}

export interface NodeJoin {
  readonly role?: ParticipantRole;
  readonly before?: NodeGuest;
}

/** A person with one tab on one server. */
export class NodeGuest {
  readonly port: RecordingConnection;
  readonly hello: Parameters<RoomManager['connect']>[1];
  connection!: RoomConnection;
  n: number;

  constructor(name: string, { role = 'speaker', before }: NodeJoin) {
    NodeGuest.#count += 1;
    this.port = new RecordingConnection(`c${NodeGuest.#count}`);
    this.n = before?.n ?? 0;
    const last = before?.port.entries.at(-1);
    this.hello = {
      identity: { participantId: name.toLowerCase(), name, role },
      clientId: `tab-${name.toLowerCase()}`,
      ...(before && last && { resume: { epoch: before.port.last('welcome').epoch, seq: last.seq } }),
    };
  }

  static #count = 0;

  /** Names of those whom it sees, with those who are away in brackets. */
  get sees(): readonly string[] {
    const people = new Map(this.port.last('welcome').participants.map((person) => [person.participantId, person]));
    for (const { changed, removed } of this.port.of('presence')) {
      for (const person of changed) people.set(person.participantId, person);
      for (const id of removed) people.delete(id);
    }
    return [...people.values()].map(({ name, status }) => (status === 'away' ? `(${name})` : name)).sort();
  }

  get texts(): readonly string[] {
    return this.port.entries.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
  }

  say(text: string, toModel = false): string {
    this.n += 1;
    const cid = `${this.hello.clientId}:${this.n}`;
    this.connection.receive({ type: 'pub', cid, kind: 'msg.text', body: { text, toModel } });
    return cid;
  }
}

/** A room on two servers, with Ana at the one that runs it and Ben at the other. */
export async function anaAndBen(): Promise<{
  stage: NodeStage;
  a: NodeServer;
  b: NodeServer;
  ana: NodeGuest;
  ben: NodeGuest;
}> {
  const stage = await NodeStage.open();
  const [a, b] = [stage.server('a'), stage.server('b')];
  const ana = await a.join('Ana');
  const ben = await b.join('Ben');
  await settle();
  return { stage, a, b, ana, ben };
}
