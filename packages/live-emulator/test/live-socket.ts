import { parseServerMessage, type ServerEvent, type ServerMessage } from '@colloquy/live-protocol';
import { WebSocket } from 'ws';
import { PATHS } from './session-harness.ts';

/** A plain WebSocket client that remembers what it got and lets a test wait for more. */
export class LiveSocket {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  /** Whether every frame so far was binary. */
  allBinary = true;
  closed: { code: number; reason: string } | null = null;
  #wake: () => void = () => {};

  constructor(wsUrl: string, path: string = PATHS.gemini, options: ConstructorParameters<typeof WebSocket>[2] = {}) {
    this.socket = new WebSocket(`${wsUrl}${path}`, options);
    this.socket.on('message', (data, isBinary) => {
      this.allBinary &&= isBinary;
      this.messages.push(JSON.parse(data.toString()));
      this.#wake();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    // A refused upgrade is an error and then a close; the tests look at the close.
    this.socket.on('error', () => {});
  }

  get events(): ServerEvent[] {
    return this.messages.flatMap((message) => parseServerMessage(message));
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
  }

  /** Resolves as soon as `check` is true of what came so far; rejects when the socket closes first. */
  async until(check: (client: this) => boolean): Promise<void> {
    while (!check(this)) {
      if (this.closed) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    while (!this.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.closed;
  }

  /** Opens, sends a setup, waits for its answer. */
  async setup(setup: Record<string, unknown> = {}): Promise<this> {
    await this.opened();
    this.send({
      setup: { model: 'models/gemini-3.8-live', generationConfig: { responseModalities: ['AUDIO'] }, ...setup },
    });
    await this.until(({ messages }) => messages.some((message) => message.setupComplete));
    return this;
  }
}
