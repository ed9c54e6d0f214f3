import type { BrainCall, BrainTool } from './brain.ts';
import { fillArguments } from './schema-arguments.ts';
import type { Statement } from './speaker-cues.ts';

/** Words of a function's name that say what is done, not what it is done to. */
const VERBS = new Set(
  'a add all and append ask board by call change check close create delete do edit file find for get give info in item list load look lookup make move new of on open post put read record remove run save search send set show start stop store tell the to up update use with write'.split(
    ' ',
  ),
);
/** Spoken ways to ask for a kind of entry. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\bwe (?:have )?(?:decided|agreed)\b|\bdecision\b/i, 'decision'],
  [/\baction item\b|\bto-?do\b/i, 'action'],
  [/\bevidence\b|\baccording to\b/i, 'evidence'],
  [/\bmy claim\b|\bI claim\b/i, 'claim'],
  [/\bremember\b|\bwrite (?:this |that |it )?down\b|\b(?:make|take) a note\b/i, 'note'],
];

/**
 * The call that a statement asks for, or `null`. A function is called when
 * - its name is said (`look up order`, `lookup_order`), or what it is about: "note" for `add_note`, or
 * - the statement has a label that its name or one of its enums holds: `Decision: we meet on Tuesday`.
 */
export function triggeredCall(statement: Statement, tools: readonly BrainTool[]): BrainCall | null {
  const [, label = null, labelled = statement.text] = /^\s*([\p{L}]+)\s*:\s*(.+)$/u.exec(statement.text) ?? [];
  const kinds = [label, ...KINDS.filter(([pattern]) => pattern.test(statement.text)).map(([, kind]) => kind)]
    .filter((kind) => kind !== null)
    .map((kind) => kind.toLowerCase());
  const tool =
    tools.find((candidate) => isNamedIn(candidate, statement.text)) ??
    kinds.map((kind) => tools.find((candidate) => takesKind(candidate, kind))).find((found) => found !== undefined);
  if (!tool) return null;
  const source = {
    content: contentOf(labelled),
    statement: statement.text,
    label: kinds.find((kind) => takesKind(tool, kind)) ?? null,
    speakers: statement.speakers,
  };
  return { name: tool.name, args: fillArguments(tool.parameters, source) };
}

/** The words of a function's name: `lookup_order` and `lookupOrder` are "lookup order". */
export function toolWords(name: string): string[] {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function isNamedIn(tool: BrainTool, text: string): boolean {
  const said = new Set(toolWords(text).map(stem));
  const words = toolWords(tool.name);
  if (words.length > 1 && words.every((word) => said.has(stem(word)))) return true;
  const objects = words.filter((word) => !VERBS.has(word));
  return objects.length > 0 && objects.every((word) => said.has(stem(word)));
}

function takesKind(tool: BrainTool, kind: string): boolean {
  const wanted = stem(kind);
  return (
    toolWords(tool.name).some((word) => stem(word) === wanted) ||
    enumsOf(tool.parameters).some((word) => stem(word) === wanted)
  );
}

function enumsOf(schema: unknown): string[] {
  const { properties } = (schema ?? {}) as { properties?: Record<string, { enum?: unknown } | null> };
  return Object.values(properties ?? {})
    .flatMap((property) => (Array.isArray(property?.enum) ? property.enum : []))
    .filter((value): value is string => typeof value === 'string')
    .map((value) => value.toLowerCase());
}

/** What a request is about: "Please make a note that we meet" is about "we meet". */
function contentOf(text: string): string {
  const [, content] = /\b(?:that|saying|about)\s+(.+)$/iu.exec(text) ?? [];
  const words = (content ?? text).trim();
  return words === '' ? text : words;
}

function stem(word: string): string {
  return word.length > 3 ? word.replace(/(?:ies|y)$/, 'i').replace(/s$/, '') : word;
}
