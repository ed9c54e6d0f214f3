import type { EntryActor, ParticipantRole, RoomInfo, StandardSchema } from '@colloquy/live-protocol';
import type { ToolScheduling } from '../ports/model-session.ts';

/** What the model is told of a call: an object that JSON can hold. */
export type ToolResult = Readonly<Record<string, unknown>>;

/** What a running tool is told besides its arguments. */
export interface RoomToolContext {
  readonly room: RoomInfo;
  /** Whose words made the model call it, most active first; derived, and empty when nobody's did. */
  readonly requestedBy: readonly EntryActor[];
  readonly callId: string;
  /** Fires when nobody wants the answer any more: cancelled by the model, time-out, session or room over. */
  readonly signal: AbortSignal;
}

/** Who is asked before a tool runs. */
export interface ToolApproval {
  /** People of this role; hosts may always decide. */
  readonly by: ParticipantRole;
  /** Without a decision in this time it counts as refused, in milliseconds. @defaultValue 60_000 */
  readonly timeoutMs?: number;
}

/** Where a tool runs: in one browser of a host, of whoever asked for it, or of somebody with this role. */
export type ToolPlace = 'host' | 'requester' | { readonly role: ParticipantRole };

/** What every tool of a room has. */
export interface RoomToolOptions<Args> {
  /** A letter or `_`, then letters, digits, `_`, `.`, `:`, `-`; up to 128. */
  readonly name: string;
  /** When to use it, in words for the model. */
  readonly description: string;
  /**
   * Schema of the arguments: they are checked before it runs, and it gets what the schema gives back. The model is told of
   * it where the library offers JSON Schema (Zod does); otherwise give `parametersJsonSchema` too.
   */
  readonly input?: StandardSchema<Args>;
  /** JSON Schema of the arguments, for the model; absent for a tool without arguments. */
  readonly parametersJsonSchema?: unknown;
  /** Whether the model waits for the answer, where it has the choice. @defaultValue as the model does by itself */
  readonly blocking?: boolean;
  /** What a model that did not wait does with the answer, where it has the choice. */
  readonly scheduling?: ToolScheduling;
  /** Longest time it may run, in milliseconds; then the model is told so. `0` is without limit. @defaultValue 60_000 */
  readonly timeoutMs?: number;
  /** Running it twice does no harm: it may go on in another browser when the first one leaves. @defaultValue false */
  readonly idempotent?: boolean;
  /** Asks people first. @defaultValue nobody is asked */
  readonly approval?: ToolApproval;
}

/** A tool that runs in the server. */
export interface ServerTool<Args = Readonly<Record<string, unknown>>> extends RoomToolOptions<Args> {
  readonly runsIn?: 'server';
  /**
   * The answer for the model. Throw a {@link ToolError} to tell it what went wrong; of other errors it learns nothing.
   *
   * A generator answers several times: what it yields is told at once to a model that does not wait for the tool and takes
   * several answers, and what it returns is the last one. Other models get that alone, so it must stand by itself. At most
   * 100 answers of a call.
   */
  run(args: Args, context: RoomToolContext): ToolResult | Promise<ToolResult> | AsyncGenerator<ToolResult, ToolResult>;
}

/** A tool that runs in the browser of somebody in the room, registered there under the same name. */
export interface ClientTool<Args = Readonly<Record<string, unknown>>> extends RoomToolOptions<Args> {
  readonly runsIn: ToolPlace;
}

/** Something that the model of a room may do. */
export type RoomTool<Args = Readonly<Record<string, unknown>>> = ServerTool<Args> | ClientTool<Args>;

/** A tool of any arguments; each checks its own. */
// biome-ignore lint/suspicious/noExplicitAny: a list of tools has a type of arguments for each.
export type AnyRoomTool = RoomTool<any>;

/** Whether a browser runs it. */
// biome-ignore lint/suspicious/noExplicitAny: of any arguments.
export function isClientTool(tool: AnyRoomTool): tool is ClientTool<any> {
  return tool.runsIn !== undefined && tool.runsIn !== 'server';
}

/**
 * Gives the arguments of `run` the type of the `input` schema.
 *
 * @example
 * ```ts
 * const note = defineRoomTool({
 *   name: 'add_note',
 *   description: 'Keeps a note for the people in the room.',
 *   input: z.object({ text: z.string() }),
 *   run: async ({ text }, { room, requestedBy }) => ({ noteId: await notes.add(room.id, text, requestedBy[0]) }),
 * });
 * ```
 */
export function defineRoomTool<Args = Readonly<Record<string, unknown>>>(tool: ServerTool<Args>): ServerTool<Args> {
  return tool;
}

/** An error whose message is for the model, and stands in the log for everybody in the room. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}
