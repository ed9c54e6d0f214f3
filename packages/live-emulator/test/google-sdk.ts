import { GoogleGenAI, type LiveConnectConfig, type LiveServerMessage, Modality, type Session } from '@google/genai';
import type { Emulator } from '../src/index.ts';

export type SdkMode = 'gemini' | 'vertex';

/** What the SDK's Vertex mode gets instead of Google's credentials: a client that has a token already. */
const authClient = {
  getRequestHeaders: () => Promise.resolve(new Headers({ authorization: 'Bearer test-token' })),
  getUniverseDomain: () => Promise.resolve('googleapis.com'),
};

/** What the SDK connects to. A proxy in front of the emulator runs the same tests with another one. */
export interface SdkFront {
  /** Base URL for the SDK. `showsEnds`: the test is about the end of a connection, which must not be kept from the client. */
  url(emulator: Emulator, mode: SdkMode, apiVersion?: string, showsEnds?: boolean): string;
  /** What a client sees of a connection of the emulator's that broke. */
  readonly lossCode: number;
  /** What the emulator sees of an SDK that closes, which gives no code. */
  readonly goodbyeCode: number;
}

/** The emulator itself, unless {@link useFront} says otherwise. */
export let front: SdkFront = { url: (emulator) => emulator.url, lossCode: 1006, goodbyeCode: 1005 };

/** Puts something between the SDK and the emulator, for all tests of the file. */
export function useFront(other: SdkFront): void {
  front = other;
}

/** The official SDK, pointed at the emulator and at nothing else. */
export function createSdk(
  mode: SdkMode,
  emulator: Emulator,
  apiVersion?: string,
  { showsEnds = false }: { readonly showsEnds?: boolean } = {},
): GoogleGenAI {
  const baseUrl = front.url(emulator, mode, apiVersion, showsEnds);
  const httpOptions = { baseUrl, ...(apiVersion ? { apiVersion } : {}) };
  if (mode === 'gemini') return new GoogleGenAI({ vertexai: false, apiKey: 'test-key', httpOptions });
  return new GoogleGenAI({
    vertexai: true,
    project: 'demo-project',
    location: 'us-central1',
    httpOptions,
    googleAuthOptions: { authClient: authClient as never },
  });
}

/** A session of the SDK that remembers what its callbacks got. */
export class SdkSession {
  readonly messages: LiveServerMessage[] = [];
  closed: { code: number; reason: string } | null = null;
  session!: Session;
  #wake: () => void = () => {};

  static async connect(ai: GoogleGenAI, model: string, config: LiveConnectConfig = {}): Promise<SdkSession> {
    const client = new SdkSession();
    client.session = await ai.live.connect({
      model,
      config: { responseModalities: [Modality.AUDIO], ...config },
      callbacks: {
        onmessage: (message) => {
          client.messages.push(message);
          client.#wake();
        },
        onclose: ({ code, reason }) => {
          client.closed = { code, reason };
          client.#wake();
        },
      },
    });
    return client;
  }

  /** Resolves with the first message that matches and came after number `from`. */
  async until(matches: (message: LiveServerMessage) => unknown, from = 0): Promise<LiveServerMessage> {
    for (;;) {
      const found = this.messages.slice(from).find(matches);
      if (found) return found;
      if (this.closed) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`);
      await this.#changed();
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    while (!this.closed) await this.#changed();
    return this.closed;
  }

  turnComplete(from = 0): Promise<LiveServerMessage> {
    return this.until((message) => message.serverContent?.turnComplete, from);
  }

  /** Sends audio in frames of 40 ms, as fast as it goes. */
  speak(samples: Int16Array): void {
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    for (let start = 0; start < bytes.length; start += 1_280) {
      const data = bytes.subarray(start, start + 1_280).toString('base64');
      this.session.sendRealtimeInput({ audio: { mimeType: 'audio/pcm;rate=16000', data } });
    }
  }

  /** Bytes of audio that came. */
  get audioBytes(): number {
    const parts = this.messages.flatMap((message) => message.serverContent?.modelTurn?.parts ?? []);
    return parts.reduce((sum, part) => sum + Buffer.from(part.inlineData?.data ?? '', 'base64').length, 0);
  }

  get transcript(): string {
    return this.messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
