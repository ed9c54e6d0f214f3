import type { RoomConfiguration, SpeakerCues, TurnUsage } from '@colloquy/live-protocol';

/** One earlier message, to seed a fresh session with. */
export interface HistoryTurn {
  readonly role: 'user' | 'model';
  /** For `user`: prefixed with the speaker's name. */
  readonly text: string;
}

/** A tool as a model is told of it. */
export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments; `null` for a tool without. */
  readonly parameters: unknown;
  /** Whether the model waits for the answer; `null` leaves it to the model. */
  readonly blocking: boolean | null;
}

/** What a model that did not wait does with the answer of a tool; models that wait, or have no choice, ignore it. */
export type ToolScheduling = 'when-idle' | 'interrupt' | 'silent';

/** What a model session is opened with. */
export interface ModelSessionOptions {
  readonly roomId: string;
  readonly configuration: RoomConfiguration;
  /** What the model may call; the room answers each call once. */
  readonly tools: readonly ToolDeclaration[];
  /** Names of the people present, for the system instruction. Called again for every fresh session. */
  readonly roster: () => readonly string[];
  /** Called again for every fresh session, so that it is never stale. Oldest first. */
  readonly history: () => Promise<readonly HistoryTurn[]>;
  /** The session of another server is gone on with by this handle, if it can be; absent: a new one begins. */
  readonly resume?: string;
  /** Takes what the session says, in order. */
  readonly onEvent: (event: ModelEvent) => void;
  /** Aborting it ends the session. */
  readonly signal: AbortSignal;
}

/** A function call of the model. */
export interface ModelToolCall {
  /** New for every call of a session; empty where the service gives none. */
  readonly callId: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What a session tells its room. One wire message may become several events, in this order of fields. */
export type ModelEvent =
  | { readonly type: 'ready'; readonly model: string; readonly resumed: boolean }
  /** By this handle another server could go on with the session; `null`: not any more. It is a credential. */
  | { readonly type: 'resumable'; readonly handle: string | null }
  /** PCM16 mono 24 kHz, any length. */
  | { readonly type: 'audio'; readonly samples: Int16Array }
  /** A piece of what people said. `whole`: this profile sends a sentence at once; otherwise pieces follow. */
  | { readonly type: 'inputTranscript'; readonly text: string; readonly finished: boolean }
  | { readonly type: 'outputTranscript'; readonly text: string }
  /** Text output of models that write. */
  | { readonly type: 'text'; readonly text: string }
  /** Start or end of speech as the model heard it; `audioOffsetMs` in the audio that was sent to this session. */
  | { readonly type: 'voiceActivity'; readonly edge: 'start' | 'end'; readonly audioOffsetMs: number | null }
  | { readonly type: 'interrupted' }
  | { readonly type: 'generationComplete' }
  | { readonly type: 'turnComplete'; readonly reason: string | null }
  | { readonly type: 'toolCalls'; readonly calls: readonly ModelToolCall[] }
  | { readonly type: 'toolCallsCancelled'; readonly callIds: readonly string[] }
  /** What a turn took, told once, when it is over. */
  | { readonly type: 'usage'; readonly usage: TurnUsage }
  /** The upstream connection is being replaced; input is kept meanwhile. */
  | { readonly type: 'reconnecting'; readonly reason: string }
  /** The session is over and will not come back by itself. */
  | { readonly type: 'failed'; readonly code: string; readonly reason: string };

/** A live conversation with a model. All methods are harmless after `close`. */
export interface ModelSession {
  /**
   * Who finds out when people begin and stop to speak: the model itself, or the room, which then says so by
   * `sendActivityStart` and `sendActivityEnd` and sends audio only between them.
   */
  readonly activity: 'automatic' | 'manual';
  /** PCM16 mono 16 kHz, in real time, 20 ms at a time. The buffer may be reused after the call. */
  sendAudio(samples: Int16Array): void;
  /** The audio stream pauses: nobody has an open microphone, or everyone is silent for long. */
  sendAudioStreamEnd(): void;
  /** `manual`: somebody begins to speak. Lasts until `sendActivityEnd`, over connections too. */
  sendActivityStart(): void;
  /** `manual`: everybody has finished; the model is to answer. */
  sendActivityEnd(): void;
  /** Whose voice follows; several names: they speak at once. `cues`: how the room wants it told now. */
  sendSpeakers(names: readonly string[], cues: SpeakerCues): void;
  /** A typed turn that asks for an answer; cuts a running one. */
  sendText(text: string): void;
  /** Context without asking for an answer. */
  sendContext(text: string): void;
  /** A picture, as a frame of what the model sees. */
  sendImage(bytes: Uint8Array, mimeType: string): void;
  /**
   * The answer to a {@link ModelToolCall}.
   * @param willContinue - more of them follow for the same call; a session whose model takes one only leaves this one out.
   */
  sendToolResponse(
    callId: string,
    name: string,
    response: Readonly<Record<string, unknown>>,
    scheduling?: ToolScheduling | null,
    willContinue?: boolean,
  ): void;
  /** Resolves when the upstream connection is closed. Idempotent. */
  close(): Promise<void>;
}

/** Why a model does not take a configuration. */
export interface ConfigurationProblem {
  /** Path of the field, such as `activityDetection.startSensitivity`. */
  readonly field: string;
  /** What to do about it, for people. */
  readonly remedy: string;
}

/** Opens model sessions; the Gemini one is `geminiModel` in `@colloquy/live-proxy/rooms`. */
export interface ModelPort {
  /** Name of the model a configuration gets. */
  modelName(configuration: RoomConfiguration): string;
  /** Why the model would refuse a configuration; `null` when it takes it. Without this method everything passes. */
  check?(configuration: RoomConfiguration): ConfigurationProblem | null;
  /** Whether a session goes on unchanged when one configuration replaces the other. */
  isSameSession?(before: RoomConfiguration, after: RoomConfiguration): boolean;
  /** What a session is set up with, for people who want to see it; no secrets, no instructions. */
  effective?(configuration: RoomConfiguration, tools: readonly ToolDeclaration[]): Readonly<Record<string, unknown>>;
  /** Returns at once; `ready` or `failed` follows as an event. */
  open(options: ModelSessionOptions): ModelSession;
}
