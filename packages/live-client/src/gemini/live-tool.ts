import type { FunctionDeclaration, FunctionResponse, ReceivedFunctionCall, Setup } from '@colloquy/live-protocol';

/** What a running tool is told besides its arguments. */
export interface LiveToolContext {
  readonly callId: string;
  /** Fires when the model does not want the answer any more, or the session ends. */
  readonly signal: AbortSignal;
}

/** A function that the model may call and that runs in this page. */
export interface LiveTool {
  /** A letter or `_`, then letters, digits, `_`, `.`, `:`, `-`. */
  readonly name: string;
  /** When to use it, in words for the model. */
  readonly description: string;
  /** Google's subset of an OpenAPI schema; absent for a function without arguments. */
  readonly parameters?: FunctionDeclaration['parameters'];
  /** Whether the model waits for the answer; the default depends on the model. */
  readonly behavior?: FunctionDeclaration['behavior'];
  /** The answer for the model. What it throws is told to the model as `{ error: message }`. */
  readonly run: (args: Readonly<Record<string, unknown>>, context: LiveToolContext) => unknown;
}

/** The setup with the declarations of `tools` added. */
export function withTools(setup: Setup, tools: readonly LiveTool[]): Setup {
  if (tools.length === 0) return setup;
  const functionDeclarations = tools.map(({ name, description, parameters, behavior }) => ({
    name,
    description,
    ...(parameters ? { parameters } : {}),
    ...(behavior ? { behavior } : {}),
  }));
  return { ...setup, tools: [...(setup.tools ?? []), { functionDeclarations }] };
}

/** Runs the tools that the model calls, each call once, and hands each answer back unless it was cancelled. */
export class ToolRunner {
  readonly #tools: ReadonlyMap<string, LiveTool>;
  readonly #respond: (response: FunctionResponse) => void;
  readonly #running = new Map<string, AbortController>();

  constructor(tools: readonly LiveTool[], respond: (response: FunctionResponse) => void) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#respond = respond;
  }

  /** Starts the calls that are for tools of ours; others are the application's. */
  start(calls: readonly ReceivedFunctionCall[]): void {
    for (const call of calls) {
      const tool = this.#tools.get(call.name);
      if (tool && !this.#running.has(call.id)) void this.#run(tool, call);
    }
  }

  /** The model does not want these answers any more. */
  cancel(ids: readonly string[]): void {
    for (const id of ids) {
      this.#running.get(id)?.abort();
      this.#running.delete(id);
    }
  }

  cancelAll(): void {
    this.cancel([...this.#running.keys()]);
  }

  async #run(tool: LiveTool, { id, name, args }: ReceivedFunctionCall): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    let response: Record<string, unknown>;
    try {
      response = toResponse(await tool.run(args, { callId: id, signal: controller.signal }));
    } catch (error) {
      response = { error: error instanceof Error ? error.message : String(error) };
    }
    if (controller.signal.aborted) return;
    this.#running.delete(id);
    this.#respond({ id, name, response });
  }
}

/** The wire takes objects only; anything else is put under `output`, as Google's own clients do. */
function toResponse(result: unknown): Record<string, unknown> {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result);
  return isObject ? (result as Record<string, unknown>) : { output: result ?? null };
}
