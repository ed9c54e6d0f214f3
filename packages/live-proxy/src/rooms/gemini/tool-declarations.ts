import type {
  FunctionBehavior,
  FunctionDeclaration,
  FunctionResponse,
  ModelProfile,
  Tool,
} from '@colloquy/live-protocol';
import type { ToolDeclaration, ToolScheduling } from '@colloquy/room-core';

/** The tools of a room as this model takes them; nothing for one that calls no functions. */
export function toFunctions(tools: readonly ToolDeclaration[], profile: ModelProfile): readonly Tool[] {
  if (tools.length === 0 || (profile.known && profile.toolBehaviors.length === 0)) return [];
  return [{ functionDeclarations: tools.map((tool) => toFunction(tool, profile)) }];
}

/** How the answer of a tool is to be used; `undefined` where the model has no choice, or waited for it. */
export function toScheduling(
  scheduling: ToolScheduling | null,
  tool: ToolDeclaration | undefined,
  profile: ModelProfile,
): FunctionResponse['scheduling'] {
  if (scheduling === null || !profile.supports.toolScheduling || !tool) return undefined;
  return isAwaited(tool, profile) ? undefined : SCHEDULINGS[scheduling];
}

/** Whether a call may be answered again and again: of a tool that the model does not wait for, on the Gemini API alone. */
export function takesSeveralAnswers(tool: ToolDeclaration | undefined, profile: ModelProfile): boolean {
  return tool !== undefined && profile.backend === 'gemini' && !isAwaited(tool, profile);
}

function isAwaited(tool: ToolDeclaration, profile: ModelProfile): boolean {
  return (behaviorOf(tool, profile) ?? profile.defaultToolBehavior) !== 'NON_BLOCKING';
}

const SCHEDULINGS = { 'when-idle': 'WHEN_IDLE', interrupt: 'INTERRUPT', silent: 'SILENT' } as const;

function toFunction(tool: ToolDeclaration, profile: ModelProfile): FunctionDeclaration {
  const { name, description, parameters } = tool;
  const behavior = behaviorOf(tool, profile);
  return {
    name,
    description,
    ...(parameters !== null && { parametersJsonSchema: parameters }),
    ...(behavior !== null && { behavior }),
  };
}

/** A wish that the model cannot fulfil is left out: it does as it does by itself. */
function behaviorOf({ blocking }: ToolDeclaration, profile: ModelProfile): FunctionBehavior | null {
  if (blocking === null) return null;
  const behavior = blocking ? 'BLOCKING' : 'NON_BLOCKING';
  return profile.toolBehaviors.length > 1 && profile.toolBehaviors.includes(behavior) ? behavior : null;
}
