import type { RoomConfiguration } from '@colloquy/live-protocol';
import type {
  ModelEvent,
  ModelPort,
  ModelSession,
  ModelSessionOptions,
  ToolScheduling,
} from '../ports/model-session.ts';

/** A call that a {@link ScriptedSession} received; audio is kept apart. */
export type ScriptedCall =
  | { readonly call: 'text' | 'context'; readonly text: string }
  | { readonly call: 'audioStreamEnd' | 'activityStart' | 'activityEnd' }
  | { readonly call: 'speakers'; readonly names: readonly string[] }
  | { readonly call: 'image'; readonly bytes: Uint8Array; readonly mimeType: string }
  | {
      readonly call: 'toolResponse';
      readonly callId: string;
      readonly name: string;
      readonly response: Readonly<Record<string, unknown>>;
      readonly scheduling: ToolScheduling | null;
      /** Only where more follow. */
      readonly willContinue?: true;
    };

/** A model session that records what it is sent and says what a test tells it to. */
export class ScriptedSession implements ModelSession {
  readonly options: ModelSessionOptions;
  readonly activity: 'automatic' | 'manual';
  /** Every call but audio, in order. */
  readonly calls: ScriptedCall[] = [];
  /** Audio frames in the order in which they came, with how many `calls` had come before. */
  readonly frames: { readonly samples: Int16Array; readonly callsBefore: number }[] = [];
  #closed = false;

  constructor(options: ModelSessionOptions) {
    this.options = options;
    this.activity = options.configuration.floor === 'mix' ? 'automatic' : 'manual';
  }

  get closed(): boolean {
    return this.#closed;
  }

  get texts(): readonly string[] {
    return this.calls.flatMap((call) => (call.call === 'text' ? [call.text] : []));
  }

  get contexts(): readonly string[] {
    return this.calls.flatMap((call) => (call.call === 'context' ? [call.text] : []));
  }

  /** Names of every speaker it was told, joined by `+`. */
  get speakers(): readonly string[] {
    return this.calls.flatMap((call) => (call.call === 'speakers' ? [call.names.join('+')] : []));
  }

  /** All audio it was sent. */
  get audio(): Int16Array {
    const audio = new Int16Array(this.frames.reduce((sum, { samples }) => sum + samples.length, 0));
    let at = 0;
    for (const { samples } of this.frames) {
      audio.set(samples, at);
      at += samples.length;
    }
    return audio;
  }

  /** Says something to the room. */
  emit(...events: readonly ModelEvent[]): void {
    for (const event of events) this.options.onEvent(event);
  }

  /** The session works now. */
  ready(options: { readonly resumed?: boolean } = {}): void {
    this.emit({ type: 'ready', model: 'scripted-model', resumed: options.resumed ?? false });
  }

  sendAudio(samples: Int16Array): void {
    this.frames.push({ samples: samples.slice(), callsBefore: this.calls.length });
  }

  sendAudioStreamEnd(): void {
    this.calls.push({ call: 'audioStreamEnd' });
  }

  sendActivityStart(): void {
    this.calls.push({ call: 'activityStart' });
  }

  sendActivityEnd(): void {
    this.calls.push({ call: 'activityEnd' });
  }

  /** Recorded in `calls`. */
  sendSpeakers(names: readonly string[]): void {
    this.calls.push({ call: 'speakers', names });
  }

  sendText(text: string): void {
    this.calls.push({ call: 'text', text });
  }

  sendContext(text: string): void {
    this.calls.push({ call: 'context', text });
  }

  /** Recorded in `calls`, with a copy of the bytes. */
  sendImage(bytes: Uint8Array, mimeType: string): void {
    this.calls.push({ call: 'image', bytes: bytes.slice(), mimeType });
  }

  /** Recorded in `calls`. */
  sendToolResponse(
    callId: string,
    name: string,
    response: Readonly<Record<string, unknown>>,
    scheduling: ToolScheduling | null = null,
    willContinue = false,
  ): void {
    const more = willContinue && ({ willContinue } as const);
    this.calls.push({ call: 'toolResponse', callId, name, response, scheduling, ...more });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** A {@link ModelPort} whose sessions are {@link ScriptedSession}s. */
export class ScriptedModel implements ModelPort {
  readonly sessions: ScriptedSession[] = [];
  /** What the model says of configurations; everything passes unless a test sets it. */
  check: NonNullable<ModelPort['check']> = () => null;
  readonly #autoReady: boolean;

  /** `autoReady`: sessions are ready as soon as they are opened, and go on with any handle. @defaultValue true */
  constructor(options: { readonly autoReady?: boolean } = {}) {
    this.#autoReady = options.autoReady ?? true;
  }

  /** The newest session. @throws Error when none was opened. */
  get session(): ScriptedSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error('No model session was opened.');
    return session;
  }

  modelName(configuration: RoomConfiguration): string {
    return configuration.model ?? 'scripted-model';
  }

  open(options: ModelSessionOptions): ModelSession {
    const session = new ScriptedSession(options);
    this.sessions.push(session);
    if (this.#autoReady) session.ready({ resumed: options.resume !== undefined });
    return session;
  }
}
