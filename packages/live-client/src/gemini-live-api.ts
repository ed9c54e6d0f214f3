import type { FunctionCall, FunctionResponse, ServerEvent, Setup, TokenUsage } from '@colloquy/live-protocol';
import { type ConnectionSnapshot, IDLE_CONNECTION } from './connection/connection-snapshot.ts';
import type { WebSocketConstructor } from './connection/socket-port.ts';
import { checkTargetOptions, type Provided } from './connection/socket-target.ts';
import { Emitter } from './emitter.ts';
import type { LiveClientError } from './errors.ts';
import type { Camera, MediaKit, MediaSnapshot, Microphone, ScreenShare, Speaker } from './media-kit.ts';
import { createMediaKit } from './media-kit.ts';
import { disposeMedia, mediaSnapshot, watchMedia } from './media-snapshot.ts';
import { Store } from './store.ts';

export interface LiveTool {
  readonly name: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  run(
    args: Readonly<Record<string, unknown>>,
    context: { readonly callId: string; readonly signal: AbortSignal },
  ): Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>;
}
export interface GeminiLiveOptions {
  readonly url: Provided<string>;
  readonly ticket?: Provided<string>;
  readonly setup: Setup;
  readonly tools?: readonly LiveTool[];
  readonly webSocket?: WebSocketConstructor;
  readonly workletUrl?: string;
  readonly connectTimeoutMs?: number;
  readonly maxConnectAttempts?: number;
  readonly maxReconnectAttempts?: number;
  /** @internal */
  readonly media?: (options: { readonly workletUrl?: string }) => MediaKit;
  /** @internal */
  readonly random?: () => number;
}
export interface TranscriptItem {
  readonly id: string;
  readonly speaker: 'user' | 'model';
  readonly text: string;
  readonly state: 'growing' | 'final' | 'interrupted';
  readonly ts: number;
}
export interface LiveSnapshot extends MediaSnapshot {
  readonly connection: ConnectionSnapshot;
  readonly sessionId: string | null;
  readonly model: 'off' | 'listening' | 'speaking';
  readonly transcript: readonly TranscriptItem[];
  readonly usage: TokenUsage | null;
}
export interface LiveEvents {
  readonly opened: { readonly sessionId: string | null };
  readonly transcriptUpdated: {
    readonly speaker: 'user' | 'model';
    readonly text: string;
    readonly final: boolean;
    readonly item: TranscriptItem;
  };
  readonly textReceived: { readonly text: string; readonly thought: boolean };
  readonly audioReceived: { readonly samples: Int16Array; readonly sampleRate: number; readonly turn: number };
  readonly interrupted: { readonly turn: number };
  readonly turnCompleted: { readonly turn: number; readonly reason: string | null };
  readonly toolCalled: { readonly calls: readonly FunctionCall[] };
  readonly toolCallsCancelled: { readonly ids: readonly string[] };
  readonly usageReported: { readonly usage: TokenUsage };
  readonly eventReceived: { readonly event: ServerEvent };
  readonly stateChanged: { readonly connection: ConnectionSnapshot };
  readonly error: { readonly error: LiveClientError };
  readonly closed: { readonly error: LiveClientError | null };
}

export class GeminiLiveAPI {
  readonly #kit: MediaKit;
  readonly #store: Store<LiveSnapshot>;
  readonly #events = new Emitter<LiveEvents>();
  readonly #unwatchMedia: () => void;

  constructor(options: GeminiLiveOptions) {
    checkTargetOptions('GeminiLiveAPI', options?.url, options?.ticket);
    this.#kit = (options.media ?? createMediaKit)({ workletUrl: options.workletUrl });
    this.#store = new Store<LiveSnapshot>({
      ...mediaSnapshot(this.#kit),
      connection: IDLE_CONNECTION,
      sessionId: null,
      model: 'off',
      transcript: [],
      usage: null,
    });
    this.#unwatchMedia = watchMedia(this.#kit, (change) => this.#store.update(change));
  }

  get microphone(): Microphone {
    return this.#kit.microphone;
  }

  get camera(): Camera {
    return this.#kit.camera;
  }

  get screen(): ScreenShare {
    return this.#kit.screen;
  }

  get speaker(): Speaker {
    return this.#kit.speaker;
  }

  async connect(_options: { readonly signal?: AbortSignal } = {}): Promise<void> {}
  sendText(_text: string): void {}
  sendAudio(_samples: Int16Array): void {}
  sendImage(_bytes: Uint8Array, _mimeType = 'image/jpeg'): void {}
  sendToolResponse(_responses: FunctionResponse | readonly FunctionResponse[]): void {}
  interrupt(): void {}
  async close(): Promise<void> {}
  async dispose(): Promise<void> {
    this.#unwatchMedia();
    await disposeMedia(this.#kit);
  }

  getSnapshot = (): LiveSnapshot => this.#store.snapshot;
  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);
  on<Type extends keyof LiveEvents>(type: Type, listener: (event: LiveEvents[Type]) => void): () => void {
    return this.#events.on(type, listener);
  }
}
