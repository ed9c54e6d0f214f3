import { type RoomToolContext, type ServerTool, ToolError } from './room-tool.ts';
import { endOf, failure, type ToolEnd } from './tool-call.ts';

/** Runs a tool of the server. Never rejects: what it throws is for `onError`, unless it is for the model. */
export async function runServerTool(
  // biome-ignore lint/suspicious/noExplicitAny: its arguments were checked by its own schema.
  tool: ServerTool<any>,
  args: Readonly<Record<string, unknown>>,
  context: RoomToolContext,
  { maxBytes, onError }: { readonly maxBytes: number; readonly onError: (error: unknown) => void },
): Promise<ToolEnd> {
  try {
    const end = endOf(tool.name, await tool.run(args, context), maxBytes);
    // The model cannot mend it; whoever wrote the tool can.
    if (end.outcome === 'failed') onError(new TypeError(String(end.response.error)));
    return end;
  } catch (error) {
    if (isToolError(error)) return failure(error.message);
    // Whoever was cancelled throws; that is no fault.
    if (!context.signal.aborted) onError(error);
    return failure(`The tool "${tool.name}" failed.`);
  }
}

function isToolError(error: unknown): error is ToolError {
  return error instanceof ToolError || (error instanceof Error && error.name === 'ToolError');
}
