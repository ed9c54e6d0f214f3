import type {
  AppEntriesPage,
  MediaFrame,
  RoomClientMessage,
  RoomInfo,
  RoomServerMessage,
} from '@colloquy/live-protocol';
import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import {
  type ConnectingClient,
  type ConnectionPort,
  type HistoryPage,
  type RecordingFile,
  type RecordingInfo,
  type RoomConnection,
  RoomCoreError,
  type RoomExport,
  type RoomList,
  type RoomLogger,
  type SearchPage,
} from '@colloquy/room-core';
import type { RoomsPort } from '../../src/rooms/index.ts';

/** One client as the rooms see it. */
export interface ScriptedConnection {
  readonly roomId: string;
  readonly client: ConnectingClient;
  readonly port: ConnectionPort;
  readonly messages: RoomClientMessage[];
  readonly frames: MediaFrame[];
  /** How often it was told that the socket is gone. */
  disconnections: number;
  /** Sends a message the way a room does. */
  tell(message: RoomServerMessage): void;
}

export const roomInfo: RoomInfo = {
  id: 'r1',
  name: 'Panel',
  status: 'open',
  createdAt: 1,
  closedAt: null,
  createdBy: null,
  configurationVersion: 1,
  locked: false,
  waitingRoom: false,
  configuration: DEFAULT_ROOM_CONFIGURATION,
};

/** Rooms that do what a test says, and remember what they were asked. Every room exists but `closed`, `full` and `none`. */
export class ScriptedRooms implements RoomsPort {
  readonly limits = { maxTextLength: 16_000, maxMessageBytes: 200_000, maxPicturesPerSecond: 1 };
  readonly calls: unknown[][] = [];
  readonly connections: ScriptedConnection[] = [];
  readonly logged: string[] = [];
  /** The file that is exported instead of two words. */
  exported: AsyncIterable<string> | null = null;
  /** What `connect` waits for. */
  opening: Promise<void> = Promise.resolve();
  /** Where a test says when the model is quiet. */
  whenQuiet?: (id: string, ms: number, task: () => void) => void;
  /** Where a test has rooms that other servers share. */
  handOver?: () => Promise<void>;
  #joined: () => void = () => {};

  readonly logger: RoomLogger = {
    error: (message, fields) => this.logged.push(`${message} ${String(fields?.error)}`),
  };

  /** Resolves with the connection at this place, counted from 0. */
  async connection(index = 0): Promise<ScriptedConnection> {
    for (;;) {
      const connection = this.connections[index];
      if (connection !== undefined) return connection;
      await new Promise<void>((resolve) => {
        this.#joined = resolve;
      });
    }
  }

  async create(...args: unknown[]): Promise<RoomInfo> {
    return this.#called('create', args, roomInfo);
  }

  async get(...args: unknown[]): Promise<RoomInfo> {
    return this.#called('get', args, roomInfo);
  }

  async list(...args: unknown[]): Promise<RoomList> {
    return this.#called('list', args, { rooms: [{ ...roomInfo, participantCount: 2 }], cursor: 'next' });
  }

  async reopen(...args: unknown[]): Promise<RoomInfo> {
    return this.#called('reopen', args, roomInfo);
  }

  async delete(...args: unknown[]): Promise<void> {
    this.#called('delete', args, undefined);
  }

  async configure(...args: unknown[]): Promise<RoomInfo> {
    return this.#called('configure', args, { ...roomInfo, configurationVersion: 2 });
  }

  async close(...args: unknown[]): Promise<RoomInfo> {
    return this.#called('close', args, { ...roomInfo, status: 'closed' as const });
  }

  async history(...args: unknown[]): Promise<HistoryPage> {
    return this.#called('history', args, { entries: [], hasOlder: false, hasNewer: false });
  }

  async search(...args: unknown[]): Promise<SearchPage> {
    return this.#called('search', args, { hits: [], before: null });
  }

  async appEntries(...args: unknown[]): Promise<AppEntriesPage> {
    return this.#called('appEntries', args, { entries: [], readUpTo: 0, hasMore: false });
  }

  async export(...args: unknown[]): Promise<RoomExport> {
    const chunks = this.exported ?? pieces('all ', 'of it');
    return this.#called('export', args, { contentType: 'text/vtt; charset=utf-8', fileName: 'Pané"l.vtt', chunks });
  }

  async recordings(...args: unknown[]): Promise<readonly RecordingInfo[]> {
    return this.#called('recordings', args, []);
  }

  async recordingFile(...args: unknown[]): Promise<RecordingFile | null> {
    const chunks = (async function* () {
      yield new Uint8Array([1, 2, 3]);
    })();
    const found = { contentType: 'audio/wav', bytes: 3, chunks };
    return this.#called('recordingFile', args, args[2] === 'mixed.wav' ? found : null);
  }

  async connect(roomId: string, client: ConnectingClient, port: ConnectionPort): Promise<RoomConnection> {
    await this.opening;
    refuse(roomId);
    const connection: ScriptedConnection = {
      roomId,
      client,
      port,
      messages: [],
      frames: [],
      disconnections: 0,
      tell: (message) => port.send(message, JSON.stringify(message)),
    };
    this.connections.push(connection);
    this.#joined();
    return {
      roomId,
      connectionId: port.connectionId,
      participantId: client.identity.participantId,
      index: 1,
      receive: (message) => void connection.messages.push(message),
      receiveMedia: (frame) => void connection.frames.push({ ...frame, payload: frame.payload.slice() }),
      disconnected: () => {
        connection.disconnections += 1;
      },
    };
  }

  #called<T>(name: string, args: unknown[], result: T): T {
    this.calls.push([name, ...args]);
    if (typeof args[0] === 'string') refuse(args[0]);
    return result;
  }
}

async function* pieces(...all: readonly string[]): AsyncGenerator<string> {
  yield* all;
}

function refuse(roomId: string): void {
  if (roomId === 'none') throw new RoomCoreError('ERR_ROOM_NOT_FOUND', 'There is no room "none".');
  if (roomId === 'closed') throw new RoomCoreError('ERR_ROOM_CLOSED', 'The room "closed" is closed: done.');
  if (roomId === 'full') throw new RoomCoreError('ERR_ROOM_FULL', 'The room "full" is full.');
  if (roomId === 'broken') throw new Error('disk /dev/secret failed');
}
