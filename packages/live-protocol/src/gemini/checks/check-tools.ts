import type { ContextUpdate, FunctionDeclaration, Tool } from '../messages.ts';
import type { ModelFeatures, ModelProfile } from '../profiles/model-profile.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

/** Most functions that one setup may declare. */
const MAX_FUNCTIONS = 512;

/** Tools that only some models have, with the feature that says so. */
const SERVER_TOOLS: readonly { readonly tool: keyof Tool; readonly feature: keyof ModelFeatures }[] = [
  { tool: 'googleSearch', feature: 'googleSearch' },
  { tool: 'googleSearchRetrieval', feature: 'googleSearch' },
  { tool: 'codeExecution', feature: 'codeExecution' },
  { tool: 'urlContext', feature: 'urlContext' },
  { tool: 'googleMaps', feature: 'googleMaps' },
];

/** Tools against the model, and function declarations in themselves. `path` is where the list stands. */
export function checkTools(tools: readonly Tool[], profile: ModelProfile, path = 'setup.tools'): WireProblem | null {
  return firstProblem([
    ...tools.map((tool, index) => () => (profile.known ? checkTool(tool, `${path}[${index}]`, profile) : null)),
    () => checkFunctions(tools, profile, path),
  ]);
}

/** The first reason for which the service refuses a change of the session that is valid in form; `null` when there is none. */
export function checkContextUpdate(update: ContextUpdate, profile: ModelProfile): WireProblem | null {
  return checkTools(update.tools?.tools ?? [], profile, 'contextUpdate.tools.tools');
}

function checkTool(tool: Tool, path: string, profile: ModelProfile): WireProblem | null {
  const missing = SERVER_TOOLS.find(
    ({ tool: name, feature }) => tool[name] !== undefined && !profile.supports[feature],
  );
  if (missing !== undefined) {
    return invalidArgument(`${path}.${missing.tool}`, `Leave it out: ${profile.id} does not have ${missing.tool}.`);
  }
  if (profile.toolBehaviors.length > 0 || (tool.functionDeclarations ?? []).length === 0) return null;
  return invalidArgument(`${path}.functionDeclarations`, `Leave them out: ${profile.id} calls no functions.`);
}

function checkFunctions(tools: readonly Tool[], profile: ModelProfile, toolsPath: string): WireProblem | null {
  const names = new Set<string>();
  for (const [toolIndex, tool] of tools.entries()) {
    for (const [index, declaration] of (tool.functionDeclarations ?? []).entries()) {
      const path = `${toolsPath}[${toolIndex}].functionDeclarations[${index}]`;
      const problem = checkFunction(declaration, path, profile);
      if (problem !== null) return problem;
      const { name = '' } = declaration;
      if (names.has(name))
        return invalidArgument(`${path}.name`, `Give each function its own name: "${name}" is taken.`);
      names.add(name);
      if (names.size > MAX_FUNCTIONS) return invalidArgument(path, `Declare at most ${MAX_FUNCTIONS} functions.`);
    }
  }
  return null;
}

function checkFunction(declaration: FunctionDeclaration, path: string, profile: ModelProfile): WireProblem | null {
  const { name = '', behavior = 'UNSPECIFIED' } = declaration;
  if (!/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/.test(name)) {
    const remedy = 'Begin the name with a letter or "_", go on with letters, digits, "_", ".", ":" or "-", up to 128.';
    return invalidArgument(`${path}.name`, remedy);
  }
  if (declaration.parameters !== undefined && declaration.parametersJsonSchema !== undefined) {
    return invalidArgument(`${path}.parametersJsonSchema`, 'Give parameters or parametersJsonSchema, not both.');
  }
  if (!profile.known || behavior === 'UNSPECIFIED' || profile.toolBehaviors.includes(behavior)) return null;
  const remedy = `Leave it out: functions of ${profile.id} are always ${profile.defaultToolBehavior}.`;
  return invalidArgument(`${path}.behavior`, remedy);
}
