import type { Content, FunctionResponse, MediaBlob } from './content.ts';
import type { Setup } from './setup.ts';
import type { Tool } from './tools.ts';

/** What each kind of client message carries. */
export interface ClientMessageKinds {
  setup: Setup;
  clientContent: ClientContent;
  realtimeInput: RealtimeInput;
  toolResponse: ToolResponseMessage;
  contextUpdate: ContextUpdate;
}

/** Name of a client message's only field. */
export type ClientMessageKind = keyof ClientMessageKinds;

/** A message from a client: exactly one field. `message.setup !== undefined` narrows to a setup message. */
export type ClientMessage = {
  [K in ClientMessageKind]: { [P in K]: ClientMessageKinds[P] } & { [P in Exclude<ClientMessageKind, K>]?: undefined };
}[ClientMessageKind];

/** Turns for the history, and whether the model is to answer now. It interrupts a running answer. */
export interface ClientContent {
  turns?: Content[];
  /** `true`: answer now. Absent is `false`. */
  turnComplete?: boolean;
}

/** Live input; the members are concurrent streams without an order between them. */
export interface RealtimeInput {
  /** PCM16 little-endian, mono; 16 kHz unless `rate` says otherwise. */
  audio?: MediaBlob;
  /** One still picture, JPEG or PNG. */
  video?: MediaBlob;
  text?: string;
  /** Only when automatic activity detection is disabled. */
  activityStart?: Record<string, never>;
  /** Only when automatic activity detection is disabled. */
  activityEnd?: Record<string, never>;
  /** The microphone pauses: what is cached counts as complete. */
  audioStreamEnd?: boolean;
  /** @deprecated Models from 3.1 on close the connection; use `audio` and `video`. */
  mediaChunks?: MediaBlob[];
}

/** Answers to function calls. */
export interface ToolResponseMessage {
  functionResponses?: FunctionResponse[];
}

/** Replaces parts of the setup while the session runs; what is absent stays. */
export interface ContextUpdate {
  systemInstruction?: Content;
  /** `{ tools: [] }` removes all tools. */
  tools?: { tools?: Tool[] };
}
