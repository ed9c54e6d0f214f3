import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import { MediaCodec, MediaKind, parseMediaFrame, ROOM_SUBPROTOCOL, serializeMediaFrame } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { WebSocketConstructor } from '../src/connection/socket-port.ts';
import { RoomClient } from '../src/room/room-client.ts';
import { FakeMedia } from '../src/testing/fake-media.ts';
import { ANA, actor, BEN, entries, entry, welcome } from './room-fixtures.ts';

/** A server that speaks the room wire over real sockets. */
class WireServer {
  readonly #server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => (offered.has(ROOM_SUBPROTOCOL) ? ROOM_SUBPROTOCOL : false),
  });
  readonly received: RoomClientMessage[] = [];
  readonly frames: Uint8Array[] = [];
  readonly sockets: WebSocket[] = [];
  /** Answers a message. */
  answer: (message: RoomClientMessage, say: (message: RoomServerMessage) => void, socket: WebSocket) => void = () => {};

  async listen(): Promise<string> {
    this.#server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) {
          this.frames.push(new Uint8Array(data));
          return;
        }
        const message = JSON.parse(data.toString()) as RoomClientMessage;
        this.received.push(message);
        this.answer(message, (reply) => socket.send(JSON.stringify(reply)), socket);
      });
    });
    if (!this.#server.address()) await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/rooms/panel`;
  }

  get socket(): WebSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('Nobody connected.');
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let server: WireServer;
let client: RoomClient;
let media: FakeMedia;
let url: string;

beforeEach(async () => {
  server = new WireServer();
  url = await server.listen();
  media = new FakeMedia();
});
afterEach(async () => {
  await client.dispose();
  await server.close();
});

// The class of Node and the one of `ws` behave alike towards the client.
describe.each([
  ['the WebSocket of this platform', undefined],
  ['the WebSocket of ws', WebSocket as unknown as WebSocketConstructor],
])('RoomClient over a real socket, with %s', (_, webSocket) => {
  function newClient(): RoomClient {
    client = new RoomClient({ url, clientId: 'tab', webSocket, media: media.factory });
    return client;
  }

  it('joins, reads, writes, hears, speaks, is cut off and comes back', async () => {
    const log = entries(1, 3);
    server.answer = (message, say) => {
      if (message.type === 'hello') {
        const from = message.resume?.seq ?? 0;
        say(welcome({ top: log.length, recovered: message.resume !== undefined }));
        say({ type: 'entries', entries: log.slice(from) });
      }
      if (message.type === 'pub') {
        const { cid, body } = message;
        log.push(entry(log.length + 1, { actor: actor(ANA), cid, body }));
        say({ type: 'entries', entries: log.slice(-1) });
        say({ type: 'ack', cid, seq: log.length });
      }
    };
    const room = newClient();
    await room.connect();
    await vi.waitFor(() => expect(room.getSnapshot().timeline).toHaveLength(3));
    expect(server.socket.protocol).toBe(ROOM_SUBPROTOCOL);

    room.sendText('Hello');
    await vi.waitFor(() => expect(room.getSnapshot().timeline.at(-1)).toMatchObject({ seq: 4, own: true }));

    await room.microphone.start();
    media.microphone.hear();
    await vi.waitFor(() => expect(server.frames).toHaveLength(1));
    expect(parseMediaFrame(server.frames[0] ?? new Uint8Array())).toMatchObject({ kind: MediaKind.personAudio });

    const payload = new Uint8Array(new Int16Array([1, 2, 3]).buffer);
    const header = { kind: MediaKind.modelAudio, codec: MediaCodec.pcm24k, flags: 0, participant: 0, seq: 0 };
    server.socket.send(serializeMediaFrame({ ...header, mediaTime: 0, turn: 1, payload }));
    await vi.waitFor(() =>
      expect(media.speaker.sources.get('model')?.log).toEqual([{ type: 'push', samples: [1, 2, 3], turn: 1 }]),
    );

    log.push(entry(5));
    server.socket.terminate();
    room.sendText('Still here');
    await vi.waitFor(() => expect(room.getSnapshot().timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]));
    expect(server.sockets).toHaveLength(2);
    expect(server.received.filter(({ type }) => type === 'hello')).toMatchObject([
      { clientId: 'tab' },
      { clientId: 'tab', resume: { epoch: 1, seq: 4 } },
    ]);
    expect(room.microphone.state.status).toBe('on');

    await room.leave();
    expect(server.received.at(-1)).toEqual({ type: 'leave' });
    expect(room.getSnapshot().connection).toMatchObject({ status: 'closed', error: null });
  });

  it('gives one clear error for a room that is closed, and dials once', async () => {
    server.answer = (_message, _say, socket) => socket.close(4410, 'The panel is over.');
    const room = newClient();
    await expect(room.connect()).rejects.toMatchObject({
      name: 'LiveClientError',
      code: 'ERR_ROOM_CLOSED',
      closeCode: 4410,
      reason: 'The panel is over.',
      retryable: false,
    });
    expect(room.getSnapshot().connection.status).toBe('closed');
    expect(server.sockets).toHaveLength(1);
  });

  it('says that a server cannot be reached, and that trying again may help', async () => {
    await server.close();
    const room = newClient();
    await expect(room.connect()).rejects.toMatchObject({
      code: 'ERR_CONNECTION_FAILED',
      closeCode: 1006,
      retryable: true,
    });
    server = new WireServer();
    url = await server.listen();
  });

  it('keeps a text for the time when the server is back', async () => {
    server.answer = (message, say) => {
      if (message.type === 'hello') say(welcome({ participants: [ANA, BEN] }));
      if (message.type === 'pub') say({ type: 'ack', cid: message.cid, seq: 1 });
    };
    const room = newClient();
    room.sendText('Written before joining');
    expect(room.getSnapshot().timeline).toMatchObject([{ state: 'sending' }]);
    await room.connect();
    await vi.waitFor(() =>
      expect(server.received.at(-1)).toMatchObject({ cid: 'tab:1', body: { text: 'Written before joining' } }),
    );
  });
});
