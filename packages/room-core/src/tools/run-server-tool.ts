import { type RoomToolContext, type ServerTool, ToolError, type ToolResult } from './room-tool.ts';
import { endOf, failure, type ToolEnd } from './tool-call.ts';

/** How a tool is run. */
export interface RunOptions {
  readonly maxBytes: number;
  readonly onError: (error: unknown) => void;
  /** An answer before the last one. */
  readonly onPart: (response: ToolResult) => void;
}

/** Answers of one call; a tool that gives more is stopped. */
const MOST_PARTS = 100;

/** Runs a tool of the server. Never rejects: what it throws is for `onError`, unless it is for the model. */
export async function runServerTool(
  // biome-ignore lint/suspicious/noExplicitAny: its arguments were checked by its own schema.
  tool: ServerTool<any>,
  args: Readonly<Record<string, unknown>>,
  context: RoomToolContext,
  options: RunOptions,
): Promise<ToolEnd> {
  try {
    const running = tool.run(args, context);
    const end = isGenerator(running)
      ? await runGenerator(tool.name, running, context.signal, options)
      : endOf(tool.name, await running, options.maxBytes);
    // The model cannot mend it; whoever wrote the tool can.
    if (end.outcome === 'failed') options.onError(new TypeError(String(end.response.error)));
    return end;
  } catch (error) {
    if (isToolError(error)) return failure(error.message);
    // Whoever was cancelled throws; that is no fault.
    if (!context.signal.aborted) options.onError(error);
    return failure(`The tool "${tool.name}" failed.`);
  }
}

async function runGenerator(
  name: string,
  running: AsyncGenerator<unknown, unknown>,
  signal: AbortSignal,
  { maxBytes, onPart }: RunOptions,
): Promise<ToolEnd> {
  for (let count = 1; ; count += 1) {
    const { done, value } = await running.next();
    const end = endOf(name, value, maxBytes);
    if (done) return end;
    const isTooMuch = count >= MOST_PARTS;
    if (signal.aborted || isTooMuch || end.outcome === 'failed') {
      // What it opened it closes in its `finally`.
      await running.return(undefined);
      return isTooMuch ? failure(`The tool "${name}" gave more than ${MOST_PARTS} answers.`) : end;
    }
    onPart(end.response);
  }
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}

function isToolError(error: unknown): error is ToolError {
  return error instanceof ToolError || (error instanceof Error && error.name === 'ToolError');
}
