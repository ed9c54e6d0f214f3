import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type MediaFrame,
  parseMediaFrame,
  parseRoomServerMessage,
  ROOM_SUBPROTOCOL,
  type RoomClientMessage,
  type RoomServerMessage,
  serializeMediaFrame,
} from '@colloquy/live-protocol';
import { LiveProxyError } from '../../src/index.ts';
import { type RoomServer, type RoomsPort, type ServeRoomsOptions, serveRooms } from '../../src/rooms/index.ts';
import { TestClient } from '../support/test-client.ts';

/** Origin of the page that the test servers know. */
export const ORIGIN = 'https://studio.example';

/** Bearer tokens are `name:role`; `boom` breaks the hook, `banned` is refused by name. */
export const authenticate: NonNullable<ServeRoomsOptions['authenticate']> = ({ ticket }) => {
  if (ticket === null) return null;
  if (ticket === 'boom') throw new Error('the session store at 10.0.0.7 is down');
  if (ticket === 'banned') throw new LiveProxyError('ERR_NOT_ALLOWED', 'Your account is suspended.');
  const [name = '', role = 'speaker'] = ticket.split('.');
  return { participantId: `p-${name}`, name, role: role as 'host' | 'speaker' | 'viewer' };
};

export interface OpenOptions {
  /** Empty: none. */
  readonly ticket?: string;
  readonly origin?: string;
}

/** A real server with rooms at `/rooms`. */
export class TestRoomServer {
  readonly rooms: RoomServer;
  readonly http: Server;
  readonly #clients: TestClient[] = [];

  static async start(
    manager: RoomsPort,
    options: Partial<ServeRoomsOptions> = {},
    app?: RequestListener,
  ): Promise<TestRoomServer> {
    const rooms = serveRooms(manager, { authenticate, allowedOrigins: [ORIGIN], ...options });
    const http = createServer(app);
    rooms.attach(http, { path: '/rooms' });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return new TestRoomServer(rooms, http);
  }

  private constructor(rooms: RoomServer, http: Server) {
    this.rooms = rooms;
    this.http = http;
  }

  get authority(): string {
    return `127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  /** A request by Ana, who is a host, unless `headers` say otherwise. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: 'Bearer Ana.host', ...init.headers };
    return fetch(`http://${this.authority}${path}`, { ...init, headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Opens a socket on a room; nothing was said yet. */
  async open(roomId: string, { ticket = 'Ana.host', origin = ORIGIN }: OpenOptions = {}): Promise<RoomClient> {
    const url = `ws://${this.authority}/rooms/${roomId}`;
    const options = { protocols: [ROOM_SUBPROTOCOL, ...(ticket === '' ? [] : [`ticket.${ticket}`])], origin };
    const client = await TestClient.open(url, options);
    this.#clients.push(client);
    return new RoomClient(client);
  }

  /** Opens a socket and says hello. */
  async join(roomId = 'r1', options?: OpenOptions): Promise<RoomClient> {
    const client = await this.open(roomId, options);
    client.say({ type: 'hello', v: 1, clientId: 'tab1' });
    return client;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.#clients) socket.terminate();
    await this.rooms.close({ graceMs: 0 });
    this.http.closeAllConnections();
    this.http.close();
  }
}

/** A client of the room wire over a {@link TestClient}. */
export class RoomClient {
  readonly raw: TestClient;
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(raw: TestClient) {
    this.raw = raw;
    this.closed = raw.closed;
  }

  say(message: RoomClientMessage): void {
    this.raw.send(message);
  }

  sendFrame(frame: Partial<MediaFrame>): void {
    const whole = {
      kind: 1,
      codec: 1,
      flags: 0,
      participant: 0,
      seq: 0,
      mediaTime: 0,
      turn: 0,
      ...frame,
    } as MediaFrame;
    this.raw.socket.send(serializeMediaFrame({ ...whole, payload: frame.payload ?? new Uint8Array(640) }));
  }

  get messages(): RoomServerMessage[] {
    return this.raw.received
      .filter(({ isBinary }) => !isBinary)
      .map(({ data }) => parseRoomServerMessage(data.toString()))
      .filter((message) => message !== null);
  }

  get frames(): MediaFrame[] {
    return this.raw.received.filter(({ isBinary }) => isBinary).map(({ data }) => parseMediaFrame(data));
  }

  /** Resolves with the first message for which `matches` holds; rejects when the connection ends before. */
  async until<T extends RoomServerMessage['type']>(
    type: T,
    matches: (message: Extract<RoomServerMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<RoomServerMessage, { type: T }>> {
    for (;;) {
      const found = this.messages.find(
        (message): message is Extract<RoomServerMessage, { type: T }> =>
          message.type === type && matches(message as Extract<RoomServerMessage, { type: T }>),
      );
      if (found !== undefined) return found;
      await this.raw.message(this.raw.received.length);
    }
  }

  /** A round trip: what was sent before has been handled. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.raw.socket.once('pong', () => resolve());
      this.raw.socket.ping();
    });
  }
}
