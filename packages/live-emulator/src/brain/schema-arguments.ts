/** What there is to fill a function's arguments from. */
export interface ArgumentSource {
  /** What was said, without the words that triggered the call. */
  readonly content: string;
  /** The whole statement. */
  readonly statement: string;
  /** The label in front of it, such as `decision` in `Decision: we meet on Tuesday`. */
  readonly label: string | null;
  readonly speakers: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;

/** Deeper schemas get empty objects: no declaration of a sane tool comes near it. */
const DEEPEST = 5;

/**
 * Arguments for a function, read out of a sentence by simple rules: the words of an enum, what matches a pattern, the
 * speaker's name, a place after "in", a number, else what was said. Everything required is filled, whatever the text.
 */
export function fillArguments(schema: Schema | null, source: ArgumentSource): Record<string, unknown> {
  return schema ? fillObject(schema, source, 0) : {};
}

function fillObject(schema: Schema, source: ArgumentSource, depth: number): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  if (depth > DEEPEST) return filled;
  const required = asList(schema.required);
  for (const [name, property] of Object.entries(asSchema(schema.properties) ?? {})) {
    const value = fillValue(name, asSchema(property) ?? {}, source, { depth, isRequired: required.includes(name) });
    if (value !== undefined) filled[name] = value;
  }
  return filled;
}

function fillValue(
  name: string,
  schema: Schema,
  source: ArgumentSource,
  place: { readonly depth: number; readonly isRequired: boolean },
): unknown {
  const { depth, isRequired } = place;
  const choices = asList(schema.enum);
  if (choices.length > 0) return enumValue(choices, source) ?? (isRequired ? choices[0] : undefined);
  switch (typeOf(schema)) {
    case 'string':
      return stringValue(name, schema, source, isRequired);
    case 'number':
    case 'integer':
      return numberValue(schema, source) ?? (isRequired ? lowestNumber(schema) : undefined);
    case 'boolean':
      return isRequired ? true : undefined;
    case 'object':
      return isRequired ? fillObject(schema, source, depth + 1) : undefined;
    case 'array': {
      if (!isRequired || depth > DEEPEST) return isRequired ? [] : undefined;
      const item = fillValue(name, asSchema(schema.items) ?? {}, source, { depth: depth + 1, isRequired: true });
      return item === undefined ? [] : [item];
    }
    default:
      return isRequired ? source.content : undefined;
  }
}

function enumValue(choices: readonly unknown[], source: ArgumentSource): unknown {
  const said = ` ${source.label ?? ''} ${source.statement} `.toLowerCase();
  return choices.find((choice) => typeof choice === 'string' && said.includes(choice.toLowerCase()));
}

function stringValue(name: string, schema: Schema, source: ArgumentSource, isRequired: boolean): string | undefined {
  const pattern = typeof schema.pattern === 'string' ? matchPattern(schema.pattern, source.statement) : undefined;
  if (pattern !== undefined) return pattern;
  if (/speaker|author|who|person|participant|owner|assignee|by$/i.test(name)) {
    return source.speakers.length > 0 ? source.speakers.join(', ') : isRequired ? 'unknown' : undefined;
  }
  if (/city|place|location|country|where/i.test(name)) {
    const [, where] = /\b(?:in|at|for|near|to)\s+(\p{Lu}[\p{L}-]*(?: \p{Lu}[\p{L}-]*)*)/u.exec(source.statement) ?? [];
    if (where !== undefined || !isRequired) return where;
  }
  return isRequired || /text|content|body|note|title|summary|statement/i.test(name) ? source.content : undefined;
}

/** The first word of `text` that holds what an anchored or free pattern asks for, such as an order number. */
function matchPattern(pattern: string, text: string): string | undefined {
  // The pattern is a stranger's. Repeated groups can take exponential time, so they are left to the other rules.
  if (pattern.length > 100 || /\)[*+{?]/.test(pattern)) return undefined;
  try {
    const free = new RegExp(pattern.replace(/^\^/, '').replace(/\$$/, ''));
    for (const word of text.split(/\s+/)) {
      const found = word.length <= 40 ? free.exec(word)?.[0] : undefined;
      if (found) return found;
    }
  } catch {
    // Not a JavaScript pattern: the value is filled by the other rules.
  }
  return undefined;
}

function numberValue(schema: Schema, source: ArgumentSource): number | undefined {
  const said = /-?\d+(?:\.\d+)?/.exec(source.statement)?.[0];
  if (said === undefined) return undefined;
  const value = Math.max(lowestNumber(schema, Number.NEGATIVE_INFINITY), Math.min(highestNumber(schema), Number(said)));
  return typeOf(schema) === 'integer' ? Math.round(value) : value;
}

function lowestNumber(schema: Schema, otherwise = 1): number {
  return typeof schema.minimum === 'number' ? schema.minimum : otherwise;
}

function highestNumber(schema: Schema): number {
  return typeof schema.maximum === 'number' ? schema.maximum : Number.POSITIVE_INFINITY;
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (typeof type === 'string') return type.toLowerCase();
  return schema.properties ? 'object' : 'string';
}

function asSchema(value: unknown): Schema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
