import { type FunctionResponse, parseWithSchema, type ReceivedFunctionCall } from '@colloquy/live-protocol';
import type { AnyLiveTool } from './live-tool.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

interface RunningCall {
  readonly tool: AnyLiveTool;
  readonly controller: AbortController;
}

/** Takes an answer. `failure`: what the tool threw, which is in the response too. */
type Respond = (response: FunctionResponse, failure: string | null) => void;

/** Runs the tools that the model calls, each call once, and hands each answer back unless it was cancelled. */
export class ToolRunner {
  readonly #tools = new Map<string, AnyLiveTool>();
  readonly #respond: Respond;
  readonly #running = new Map<string, RunningCall>();

  constructor(tools: readonly AnyLiveTool[], respond: Respond) {
    this.#respond = respond;
    for (const tool of tools) this.register(tool);
  }

  /** Every tool, in the order in which they were registered. */
  get tools(): readonly AnyLiveTool[] {
    return [...this.#tools.values()];
  }

  /**
   * Adds a tool.
   *
   * @returns its undo, which also cancels what runs of it.
   * @throws TypeError when there is one of that name.
   */
  register(tool: AnyLiveTool): () => void {
    if (this.#tools.has(tool.name)) {
      throw new TypeError(`There is a tool named "${tool.name}" already; give each a name of its own.`);
    }
    this.#tools.set(tool.name, tool);
    return () => {
      if (this.#tools.get(tool.name) !== tool) return;
      this.#tools.delete(tool.name);
      for (const [id, call] of this.#running) {
        if (call.tool === tool) this.cancel([id]);
      }
    };
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
      this.#running.get(id)?.controller.abort();
      this.#running.delete(id);
    }
  }

  cancelAll(): void {
    this.cancel([...this.#running.keys()]);
  }

  async #run(tool: AnyLiveTool, { id, name, args }: ReceivedFunctionCall): Promise<void> {
    const call: RunningCall = { tool, controller: new AbortController() };
    this.#running.set(id, call);
    let failure: string | null = null;
    let response: Record<string, unknown>;
    try {
      response = await this.#answer(tool, args, id, call.controller);
    } catch (error) {
      failure = textOf(error);
      response = { error: failure };
    }
    // It was cancelled, or another call came under its id.
    if (this.#running.get(id) !== call) return;
    this.#running.delete(id);
    this.#respond({ id, name, response }, failure);
  }

  async #answer(
    tool: AnyLiveTool,
    args: unknown,
    callId: string,
    controller: AbortController,
  ): Promise<Record<string, unknown>> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = tool;
    const { promise: timeOut, reject } = Promise.withResolvers<never>();
    const expire = () => {
      reject(new Error(`The tool did not answer within ${timeoutMs} ms.`));
      controller.abort();
    };
    const timer = timeoutMs > 0 ? setTimeout(expire, timeoutMs) : undefined;
    controller.signal.addEventListener('abort', () => clearTimeout(timer));
    try {
      const result = await Promise.race([run(tool, args, { callId, signal: controller.signal }), timeOut]);
      return toResponse(tool.name, result);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function run(tool: AnyLiveTool, args: unknown, context: Parameters<AnyLiveTool['run']>[1]): Promise<unknown> {
  const checked = tool.input ? await parseWithSchema(tool.input, args) : args;
  return tool.run(checked, context);
}

/** The wire takes objects only; anything else is put under `output`, as Google's own clients do. */
function toResponse(name: string, result: unknown): Record<string, unknown> {
  try {
    // A function or a symbol becomes no text at all, which `parse` refuses.
    const told: unknown = JSON.parse(JSON.stringify(result ?? null));
    const isObject = typeof told === 'object' && told !== null && !Array.isArray(told);
    return isObject ? (told as Record<string, unknown>) : { output: told };
  } catch (cause) {
    const remedy = 'return plain objects, arrays, strings, numbers, booleans and null.';
    throw new TypeError(`The tool "${name}" returned what JSON cannot carry; ${remedy} (${textOf(cause)})`, { cause });
  }
}

/** Anything may be thrown, also what has no text. */
function textOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'Something without a text was thrown.';
  }
}
