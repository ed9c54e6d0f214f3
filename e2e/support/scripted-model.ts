import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a page's server answers to a plain request. */
export type ServePage = (path: string) => Promise<PageFile | null> | PageFile | null;

/** One file of a page. */
export interface PageFile {
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A frame of a microphone as it came over the wire. */
export interface ArrivedFrame {
  readonly samples: Int16Array;
  /** Milliseconds since the Unix epoch, to a fraction of a millisecond. */
  readonly atMs: number;
}

/** Time on the clock that a page on this machine has too. */
export const wallClockMs = (): number => performance.timeOrigin + performance.now();

/** The place of a proxy and the model behind it, on Gemini's wire, doing what a test says. Serves the page too. */
export class ScriptedModel {
  readonly frames: ArrivedFrame[] = [];
  /** Every message of a client but its audio and its pings, and the setup first. */
  readonly messages: Record<string, unknown>[] = [];
  #connections = 0;
  #server: Server;
  #sockets = new Set<WebSocket>();
  #serve: ServePage;
  #port = 0;

  private constructor(serve: ServePage) {
    this.#serve = serve;
    this.#server = this.#create();
  }

  static async start(serve: ServePage): Promise<ScriptedModel> {
    const model = new ScriptedModel(serve);
    await model.listen();
    return model;
  }

  /** Sockets that were opened so far. */
  get connections(): number {
    return this.#connections;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, at the same port as before. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection and listens no more. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server = this.#create();
  }

  /** Says a message to everybody. */
  say(message: object): void {
    const text = JSON.stringify(message);
    for (const socket of this.#sockets) socket.send(text);
  }

  /** Says so much of the model's voice. */
  speak(samples: Int16Array): void {
    const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
    this.say({ serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } } });
  }

  #create(): Server {
    const server = createServer(async (request, response) => {
      const file = await this.#serve(new URL(request.url ?? '/', 'http://host').pathname);
      response.statusCode = file ? 200 : 404;
      for (const [name, value] of Object.entries(file?.headers ?? {})) response.setHeader(name, value);
      response.setHeader('content-type', file?.type ?? 'text/plain');
      response.end(file?.body ?? 'not here');
    });
    new WebSocketServer({ server }).on('connection', (socket) => {
      this.#connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data) => this.#heard(socket, JSON.parse(String(data))));
    });
    return server;
  }

  #heard(socket: WebSocket, message: { setup?: object; realtimeInput?: { audio?: { data: string } } }): void {
    const data = message.realtimeInput?.audio?.data;
    if (data !== undefined) {
      const bytes = new Uint8Array(Buffer.from(data, 'base64'));
      this.frames.push({ samples: new Int16Array(bytes.buffer), atMs: wallClockMs() });
      return;
    }
    if ('colloquy' in message) {
      socket.send('{"colloquy":{"pong":1}}');
      return;
    }
    this.messages.push(message as Record<string, unknown>);
    if (!message.setup) return;
    socket.send(JSON.stringify({ setupComplete: {} }));
    socket.send(JSON.stringify({ sessionResumptionUpdate: { newHandle: 'handle', resumable: true } }));
  }
}
