import { type FunctionDeclaration, jsonSchemaOf, type Setup, type StandardSchema } from '@colloquy/live-protocol';

/** What a running tool is told besides its arguments. */
export interface LiveToolContext {
  readonly callId: string;
  /** Fires when the model does not want the answer any more, the time is over, or the session ends. */
  readonly signal: AbortSignal;
}

/** A function that the model may call and that runs in this page. */
export interface LiveTool<Args = Readonly<Record<string, unknown>>> {
  /** A letter or `_`, then letters, digits, `_`, `.`, `:`, `-`. */
  readonly name: string;
  /** When to use it, in words for the model. */
  readonly description: string;
  /**
   * Schema of the arguments: they are checked before `run`, which gets what the schema gives back. The model is told of
   * it where the library offers JSON Schema (Zod does); otherwise give `parameters` or `parametersJsonSchema` too.
   */
  readonly input?: StandardSchema<Args>;
  /** Google's subset of an OpenAPI schema; absent for a function without arguments. */
  readonly parameters?: FunctionDeclaration['parameters'];
  /** The same as JSON Schema, instead of `parameters`. */
  readonly parametersJsonSchema?: unknown;
  /** Whether the model waits for the answer; the default depends on the model. */
  readonly behavior?: FunctionDeclaration['behavior'];
  /** Longest time it may run, in milliseconds; then the model is told so. `0` is without limit. @defaultValue 60_000 */
  readonly timeoutMs?: number;
  /** The answer for the model. What it throws is told to the model as `{ error: message }`. */
  run(args: Args, context: LiveToolContext): unknown;
}

/**
 * Gives the arguments of `run` the type of its `input` schema.
 *
 * @example
 * ```ts
 * const weather = defineTool({
 *   name: 'weather',
 *   description: 'The weather in a city.',
 *   input: z.object({ city: z.string() }),
 *   run: ({ city }, { signal }) => fetchWeather(city, signal),
 * });
 * ```
 */
export function defineTool<Args = Readonly<Record<string, unknown>>>(tool: LiveTool<Args>): LiveTool<Args> {
  return tool;
}

/** A tool of any arguments; each checks its own. */
// biome-ignore lint/suspicious/noExplicitAny: a list of tools has a type of arguments for each.
export type AnyLiveTool = LiveTool<any>;

/** The setup with the declarations of `tools` added. */
export function withTools(setup: Setup, tools: readonly AnyLiveTool[]): Setup {
  if (tools.length === 0) return setup;
  return { ...setup, tools: [...(setup.tools ?? []), { functionDeclarations: tools.map(toDeclaration) }] };
}

function toDeclaration(tool: AnyLiveTool): FunctionDeclaration {
  const { name, description, parameters, behavior } = tool;
  const jsonSchema = parameters ? undefined : (tool.parametersJsonSchema ?? jsonSchemaOf(tool.input));
  return {
    name,
    description,
    ...(parameters ? { parameters } : {}),
    ...(jsonSchema === undefined ? {} : { parametersJsonSchema: jsonSchema }),
    ...(behavior ? { behavior } : {}),
  };
}
