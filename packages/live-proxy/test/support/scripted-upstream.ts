import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Changes } from './changes.ts';

/** One connection that the upstream got. */
export interface UpstreamConnection {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  readonly messages: { data: Buffer; isBinary: boolean }[];
  /** Resolves with the message at this place, counted from 0; 0 is the setup. */
  message(index: number): Promise<{ data: Buffer; isBinary: boolean }>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** A Gemini that does what a test says: by default it answers the setup with `setupComplete` and nothing else. */
export class ScriptedUpstream {
  readonly connections: UpstreamConnection[] = [];
  /** TCP connections, also those that never said a word. */
  tcpConnections = 0;
  /** Answers the setup; replace it for other manners. */
  onSetup: (connection: UpstreamConnection) => void = ({ socket }) => socket.send(Buffer.from('{"setupComplete":{}}'));
  /** Called when a connection is open. */
  onConnection: (connection: UpstreamConnection) => void = () => {};
  /** Called for every later message. */
  onMessage: (connection: UpstreamConnection, data: Buffer, isBinary: boolean) => void = () => {};
  /** Refuses the handshake with this status, or with that of the request. */
  refuseWith: number | null | ((request: IncomingMessage) => number | null) = null;
  /** Answers handshakes with a redirect to there. */
  redirectTo: string | null = null;
  /** Answers pings, as the RFC demands. */
  answersPings = true;
  /** Leaves handshakes unanswered. */
  mute = false;

  readonly #server: Server = createServer();
  readonly #sockets = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: 0 });
  readonly #silentWebSockets = new WebSocketServer({ noServer: true, maxPayload: 0, autoPong: false });
  readonly #changes = new Changes();
  #handshakes = 0;

  /** Handshakes that came, refused ones included. */
  get handshakes(): number {
    return this.#handshakes;
  }

  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream();
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  private constructor() {
    this.#server.on('connection', (socket) => {
      this.tcpConnections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#changes.notify();
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#handshakes += 1;
      this.#changes.notify();
      // Like any server that answers, notice when the other end goes.
      socket.on('error', () => {});
      if (this.mute) {
        socket.resume();
        socket.on('end', () => socket.end());
        return;
      }
      const status = typeof this.refuseWith === 'function' ? this.refuseWith(request) : this.refuseWith;
      if (status !== null) {
        socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      if (this.redirectTo !== null) {
        socket.end(`HTTP/1.1 307 Elsewhere\r\nLocation: ${this.redirectTo}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const webSockets = this.answersPings ? this.#webSockets : this.#silentWebSockets;
      webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves with the connection at this place, counted from 0. */
  connection(index = 0): Promise<UpstreamConnection> {
    return this.#changes.until(() => this.connections[index]);
  }

  /** Resolves when a handshake has arrived. */
  async dialled(): Promise<void> {
    await this.#changes.until(() => (this.#handshakes > 0 ? true : undefined));
  }

  /** Resolves when nobody is connected any more. */
  async deserted(): Promise<void> {
    await this.#changes.until(() => (this.#sockets.size === 0 ? true : undefined));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const changes = new Changes();
    const messages: UpstreamConnection['messages'] = [];
    const connection: UpstreamConnection = {
      request,
      socket,
      messages,
      closed: new Promise((resolve) => {
        socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
      }),
      message: (index) => changes.until(() => messages[index]),
    };
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, isBinary) => {
      messages.push({ data, isBinary });
      if (messages.length === 1) this.onSetup(connection);
      else this.onMessage(connection, data, isBinary);
      changes.notify();
    });
    this.connections.push(connection);
    this.onConnection(connection);
    this.#changes.notify();
  }
}
