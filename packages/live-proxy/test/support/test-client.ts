import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Setup } from '@colloquy/live-protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { Changes } from './changes.ts';

/** What a client received. */
export interface Received {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** A plain WebSocket client that remembers everything. */
export class TestClient {
  readonly socket: WebSocket;
  readonly received: Received[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #changes = new Changes();
  #closure: { code: number; reason: string } | null = null;

  constructor(url: string, options: ClientOptions & { protocols?: string[] } = {}) {
    this.socket = new WebSocket(url, options.protocols ?? [], options);
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.received.push({ data, isBinary });
      this.#changes.notify();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.#closure = { code, reason: reason.toString() };
        resolve(this.#closure);
        this.#changes.notify();
      });
    });
  }

  static async open(url: string, options?: ConstructorParameters<typeof TestClient>[1]): Promise<TestClient> {
    const client = new TestClient(url, options);
    await once(client.socket, 'open');
    return client;
  }

  /** Connects and waits for `setupComplete`. */
  static async openSession(url: string, setup: unknown = defaultSetup): Promise<TestClient> {
    const client = await TestClient.open(url);
    client.send({ setup });
    await client.message(0);
    return client;
  }

  /** Resolves with what `probe` finds, looked for again with every message and at the end. */
  until<T>(probe: () => T | undefined): Promise<T> {
    return this.#changes.until(probe);
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves with the message at this place, counted from 0; rejects when the connection ends before. */
  message(index: number): Promise<Received> {
    return this.#changes.until(() => {
      const message = this.received[index];
      if (message === undefined && this.#closure !== null) {
        throw new Error(`closed with ${this.#closure.code} "${this.#closure.reason}" before message ${index}`);
      }
      return message;
    });
  }
}

export const defaultSetup: Setup = {
  model: 'models/gemini-3.8-live',
  generationConfig: { responseModalities: ['AUDIO'] },
};

/** The HTTP answer to a handshake that is refused. */
export async function refusalOf(url: string, options: ClientOptions = {}): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode ?? 0, body };
}
