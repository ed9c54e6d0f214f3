import type { EntryActor, EntryBodies } from '@colloquy/live-protocol';
import type { AnyRoomTool, ToolResult } from './room-tool.ts';

/** How a call ends. */
export type ToolOutcome = EntryBodies['tool.result']['outcome'];

/** A call of the model that has not ended. */
export interface OpenCall {
  /** Names it in the log and to clients; the model's own id, unless it gave none. */
  readonly id: string;
  readonly tool: AnyRoomTool;
  /** As the model gave them, until the tool's schema has passed them. */
  args: Readonly<Record<string, unknown>>;
  readonly requestedBy: readonly EntryActor[];
  /** Fires when the call ends otherwise than by its own answer. */
  readonly signal: AbortSignal;
  /** In whose browser it runs. */
  by: EntryActor | null;
  approvedBy: EntryActor | null;
}

/** What a call came to. */
export interface ToolEnd {
  readonly outcome: ToolOutcome;
  readonly response: ToolResult;
}

const MOST_LEVELS = 64;

/** An end that tells the model what went wrong. */
export function failure(error: string, outcome: ToolOutcome = 'failed'): ToolEnd {
  const most = 1_000;
  return { outcome, response: { error: error.length > most ? `${error.slice(0, most)}…` : error } };
}

/**
 * The end of a call that gave this value: an object that survives as JSON and is not too long, or an error that says why it
 * is none.
 */
export function endOf(name: string, value: unknown, maxBytes: number): ToolEnd {
  if (!isObject(value)) return failure(`The tool "${name}" gave no object.`);
  if (!isShallow(value)) return failure(`The tool "${name}" gave an object that is nested too deeply.`);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    return failure(`The tool "${name}" gave something that JSON cannot hold.`);
  }
  const bytes = new TextEncoder().encode(text).length;
  if (maxBytes > 0 && bytes > maxBytes) {
    return failure(`The answer of the tool "${name}" has ${bytes} bytes; ${maxBytes} are the most.`);
  }
  // A copy: what the tool does with its object later must not change the log.
  const response: unknown = JSON.parse(text);
  return isObject(response) ? { outcome: 'answered', response } : failure(`The tool "${name}" gave no object.`);
}

/** Stores and services recurse over it. */
function isShallow(value: unknown, levels: number = MOST_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A call that is over, as far as a repetition of it has to be answered. */
export interface EndedCall {
  readonly callId: string;
  readonly name: string;
  readonly response: ToolResult;
}
