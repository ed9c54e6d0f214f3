import {
  type LogEntry,
  type MediaAbilities,
  MediaCodec,
  MediaFlag,
  type MediaFrame,
  MediaKind,
  type ParticipantRole,
} from '@colloquy/live-protocol';
import { memoryEngine } from '../../src/memory-engine.ts';
import type { RoomEngine } from '../../src/ports/room-engine.ts';
import type { RoomConnection } from '../../src/room-connection.ts';
import type { RoomManagerEvents } from '../../src/room-events.ts';
import { RoomManager } from '../../src/room-manager.ts';
import type { RoomManagerOptions } from '../../src/room-options.ts';
import { FakeClock, settle } from '../../src/testing/fake-clock.ts';
import { RecordingConnection } from '../../src/testing/recording-connection.ts';
import { ScriptedModel } from '../../src/testing/scripted-model.ts';
import { toPcmBytes } from '../../src/testing/signals.ts';

/** A person in a room with one tab. */
export interface Guest {
  readonly port: RecordingConnection;
  readonly connection: RoomConnection;
  /** Publishes the next text of this tab. */
  say(text: string, options?: { toModel?: boolean }): string;
}

export interface JoinOptions {
  readonly role?: ParticipantRole;
  readonly clientId?: string;
  readonly resume?: { readonly epoch: number; readonly seq: number };
  readonly participantId?: string;
  readonly receive?: MediaAbilities | null;
}

/** A manager with a scripted model on a fake clock, and one room. */
export class Stage {
  readonly clock: FakeClock;
  readonly model: ScriptedModel;
  readonly engine: RoomEngine;
  readonly rooms: RoomManager;
  readonly errors: RoomManagerEvents['error'][] = [];
  roomId: string = '';
  #connections = 0;

  private constructor(options: StageOptions) {
    this.clock = options.clock ?? new FakeClock();
    this.model = new ScriptedModel({ autoReady: options.autoReady ?? true });
    this.engine = options.engine ?? memoryEngine({ now: () => this.clock.now() });
    const { defaultConfiguration, ...manager } = options.manager ?? {};
    this.rooms = new RoomManager({
      ...{ engine: this.engine, model: this.model, clock: this.clock },
      // What a test does not ask for does not stand among the calls that it looks at.
      defaultConfiguration: { speakerCues: 'none', ...defaultConfiguration },
      ...manager,
    });
    this.rooms.on('error', (error) => this.errors.push(error));
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    stage.roomId = (await stage.rooms.create({ name: 'Panel' })).id;
    return stage;
  }

  async join(name: string, options: JoinOptions = {}): Promise<Guest> {
    this.#connections += 1;
    const port = new RecordingConnection(`c${this.#connections}`);
    const clientId = options.clientId ?? `tab-${this.#connections}`;
    const identity = {
      participantId: options.participantId ?? name.toLowerCase(),
      name,
      role: options.role ?? 'speaker',
    };
    const { resume, receive } = options;
    const client = { identity, clientId, ...(resume && { resume }), ...(receive !== undefined && { receive }) };
    const connection = await this.rooms.connect(this.roomId, client, port);
    await settle();
    let n = 0;
    return {
      port,
      connection,
      say: (text, { toModel = false } = {}) => {
        n += 1;
        const cid = `${clientId}:${n}`;
        connection.receive({ type: 'pub', cid, kind: 'msg.text', body: { text, toModel } });
        return cid;
      },
    };
  }

  /** Kinds of all entries of the room. */
  async kinds(): Promise<readonly string[]> {
    return (await this.entries()).map(({ kind }) => kind);
  }

  async entries(): Promise<readonly LogEntry[]> {
    return (await this.rooms.history(this.roomId, { from: 1, limit: 500 })).entries;
  }
}

export interface StageOptions {
  readonly clock?: FakeClock;
  readonly engine?: RoomEngine;
  readonly autoReady?: boolean;
  readonly manager?: Partial<RoomManagerOptions>;
}

/** 20 ms of a person's audio, `index` frames into the stream. */
export function audioFrame(index: number, samples: Int16Array, flags = 0): MediaFrame {
  return {
    kind: MediaKind.personAudio,
    codec: MediaCodec.pcm16k,
    flags,
    participant: 0,
    seq: index & 0xffff,
    mediaTime: index * 320,
    turn: 0,
    payload: toPcmBytes(samples),
  };
}

export function picture(options: { screen?: boolean; kind?: 3 | 4; mark?: number; bytes?: number } = {}): MediaFrame {
  const payload = new Uint8Array(options.bytes ?? 8);
  payload.set([0xff, 0xd8, options.mark ?? 0]);
  return {
    kind: options.kind ?? MediaKind.modelPicture,
    codec: MediaCodec.jpeg,
    flags: options.screen ? MediaFlag.screen : 0,
    participant: 9,
    seq: 0,
    mediaTime: 0,
    turn: 0,
    payload,
  };
}
