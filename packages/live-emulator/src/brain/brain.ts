import type {
  GroundingMetadata,
  Part,
  PartialArg,
  ServerMessage,
  TurnCompleteReason,
  UrlContextMetadata,
  UsageMetadata,
} from '@colloquy/live-protocol';
import type { SeededRandom } from '../random.ts';
import type { TranscribedSegment } from '../transcriber/transcriber.ts';

/** A function the setup declared. */
export interface BrainTool {
  readonly name: string;
  readonly description: string;
  /** Parameters as JSON Schema or Google's subset of OpenAPI (types in either case); `null` when it takes none. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  /** Whether the model waits for the answer. */
  readonly blocking: boolean;
}

/** One thing that reached the model, in the order of arrival. */
export type BrainInput =
  | { readonly type: 'text'; readonly role: 'user' | 'model'; readonly text: string }
  | {
      readonly type: 'speech';
      /** What the transcriber made of it. */
      readonly text: string;
      readonly segments: readonly TranscribedSegment[];
      readonly seconds: number;
    }
  | { readonly type: 'picture'; readonly mimeType: string; readonly byteLength: number }
  | {
      readonly type: 'toolResult';
      readonly callId: string;
      readonly name: string;
      readonly response: Readonly<Record<string, unknown>>;
      /** Whether the client asked not to have it mentioned (`scheduling: SILENT`). */
      readonly silent: boolean;
    };

/** One earlier turn of either side. */
export interface BrainHistoryEntry {
  readonly role: 'user' | 'model';
  /** For the model: what was really sent before an interruption. */
  readonly text: string;
}

/** What a brain is asked to answer. */
export interface BrainTurn {
  /** `1` for the first turn of a conversation; goes on counting through resumption. */
  readonly number: number;
  /**
   * How often the brain was asked in this conversation, this time included: more often than there are turns when functions
   * were answered within one.
   */
  readonly asked: number;
  /** Everything since the model's last turn, oldest first. */
  readonly input: readonly BrainInput[];
  /** Earlier turns, oldest first, without `input`. */
  readonly history: readonly BrainHistoryEntry[];
  readonly systemInstruction: string;
  readonly tools: readonly BrainTool[];
  /** Model name as the setup gave it. */
  readonly model: string;
  /** Pictures received in the whole conversation. */
  readonly pictureCount: number;
  /** Draw from this instead of `Math.random`, and the same seed gives the same conversation. */
  readonly random: SeededRandom;
  /** Aborted when the turn is interrupted while the brain still thinks. */
  readonly signal: AbortSignal;
}

/** One thing a brain does in a turn. */
export type BrainStep =
  /** A thought summary; only profiles that send thoughts show it. */
  | { readonly type: 'thought'; readonly text: string }
  /** Speech with its transcript, or text where the setup asked for text. */
  | { readonly type: 'say'; readonly text: string }
  /** Function calls in one message. After blocking ones the brain is asked again with the results. */
  | { readonly type: 'call'; readonly calls: readonly BrainCall[] }
  /** Parts in one message, in the profile's envelope: code with its result, signed text, or any other. */
  | { readonly type: 'parts'; readonly parts: readonly Part[] }
  /** Where the answer comes from: told with `turnComplete`, or now in a message of its own. */
  | { readonly type: 'grounding'; readonly metadata: GroundingMetadata; readonly when?: 'turnComplete' | 'now' }
  /** Which pages were read. */
  | { readonly type: 'urlContext'; readonly metadata: UrlContextMetadata }
  /** The model stays silent because it expects the person to go on. */
  | { readonly type: 'waitForInput' }
  /** Why the turn ends otherwise than by being said; told with `turnComplete`. */
  | { readonly type: 'endReason'; readonly reason: TurnCompleteReason }
  /** Counts that replace those of the turn, or come in addition, such as cached tokens. */
  | { readonly type: 'usage'; readonly usage: UsageMetadata }
  /** Silence in the middle of generation. */
  | { readonly type: 'pause'; readonly ms: number }
  /** Any message at all, sent as it is: for tests of how a client takes it. */
  | { readonly type: 'message'; readonly message: ServerMessage };

/** A function call that a brain makes; the emulator gives it an id. */
export interface BrainCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /**
   * The arguments as they grow, one list per message: for Vertex, which sends these instead of `args`; the Gemini API
   * sends `args`.
   */
  readonly partialArgs?: readonly (readonly PartialArg[])[];
}

/** Decides what the model does. Called once per turn, and again in the same turn when blocking calls were answered. */
export interface Brain {
  /** The steps of the answer; an empty list is a model that chose to stay silent. */
  respond(turn: BrainTurn): readonly BrainStep[] | Promise<readonly BrainStep[]>;
}
