import { jsonSchemaOf } from '@colloquy/live-protocol';
import type { ToolDeclaration } from '../ports/model-session.ts';
import type { AnyRoomTool } from './room-tool.ts';

/** Tools by their names, checked. @throws TypeError, RangeError */
export function checkTools(tools: readonly AnyRoomTool[] = []): ReadonlyMap<string, AnyRoomTool> {
  const byName = new Map<string, AnyRoomTool>();
  for (const tool of tools) {
    checkTool(tool);
    if (byName.has(tool.name)) throw new TypeError(`There are two tools named "${tool.name}"; give each its own name.`);
    byName.set(tool.name, tool);
  }
  return byName;
}

/** What a model is told of them. */
export function declarationsOf(tools: Iterable<AnyRoomTool>): readonly ToolDeclaration[] {
  return Array.from(tools, ({ name, description, input, parametersJsonSchema, blocking = null }) => ({
    name,
    description,
    parameters: parametersJsonSchema ?? jsonSchemaOf(input) ?? null,
    blocking,
  }));
}

function checkTool(tool: AnyRoomTool): void {
  const { name, description, approval, timeoutMs = 0, runsIn = 'server' } = tool;
  if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/.test(name)) {
    const rule = 'a letter or "_", then letters, digits, "_", ".", ":" or "-", up to 128';
    throw new TypeError(`The name of a tool is ${JSON.stringify(name)}; it must be ${rule}.`);
  }
  if (typeof description !== 'string' || description.trim() === '') {
    throw new TypeError(`The tool "${name}" needs a "description" that tells the model when to use it.`);
  }
  if (runsIn === 'server' && typeof (tool as { readonly run?: unknown }).run !== 'function') {
    throw new TypeError(`The tool "${name}" needs "run", or "runsIn" when it runs in a browser.`);
  }
  if (runsIn !== 'server' && runsIn !== 'host' && runsIn !== 'requester' && !isRole(runsIn.role)) {
    const given = JSON.stringify(runsIn);
    throw new TypeError(`"runsIn" of the tool "${name}" is ${given}; it must be "host", "requester" or { role }.`);
  }
  checkMs(`timeoutMs of the tool "${name}"`, timeoutMs);
  if (approval === undefined) return;
  if (!isRole(approval.by)) {
    const given = JSON.stringify(approval.by);
    throw new TypeError(`"approval.by" of the tool "${name}" is ${given}; it must be "host", "speaker" or "viewer".`);
  }
  checkMs(`approval.timeoutMs of the tool "${name}"`, approval.timeoutMs ?? 0);
}

function isRole(role: unknown): boolean {
  return role === 'host' || role === 'speaker' || role === 'viewer';
}

function checkMs(what: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 2 ** 31) return;
  throw new RangeError(`${what} must be a number from 0 to 2147483647; it is ${String(value)}.`);
}
