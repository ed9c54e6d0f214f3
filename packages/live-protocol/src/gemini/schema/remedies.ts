import type { Backend } from '../backend.ts';
import type { ScalarType } from './scalars.ts';
import type { Field, FieldType, Schema } from './schema.ts';

/** Where names belong that are often put elsewhere, the likeliest place first. */
const HOMES: readonly (readonly [message: string, place: string])[] = [
  ['BidiGenerateContentSetup', 'setup'],
  ['GenerationConfig', 'setup.generationConfig'],
  ['RealtimeInputConfig', 'setup.realtimeInputConfig'],
  ['AutomaticActivityDetection', 'setup.realtimeInputConfig.automaticActivityDetection'],
  ['SpeechConfig', 'setup.generationConfig.speechConfig'],
  ['BidiGenerateContentClientContent', 'clientContent'],
  ['BidiGenerateContentRealtimeInput', 'realtimeInput'],
];

const SCALARS: Readonly<Record<ScalarType, string>> = {
  string: 'Give a text.',
  bool: 'Give true or false.',
  int32: 'Give a whole number of at most 32 bits.',
  int64: 'Give a whole number of at most 64 bits.',
  float: 'Give a number.',
  double: 'Give a number.',
  bytes: 'Give the Base64 of the bytes.',
  duration: 'Give seconds with their unit, such as "1.5s".',
  timestamp: 'Give a time as RFC 3339 has it, such as "2026-01-01T12:00:00Z".',
};

/** What to do about a key that `message` does not have. */
export function remedyForName(key: string, message: string, schema: Schema, backend: Backend | null): string {
  const fields = schema.fields(message);
  if (fields.get(key) !== undefined) {
    return `Leave it out: only ${backend === 'vertex' ? 'the Gemini API' : 'Vertex AI'} has it.`;
  }
  const names = namesOf(fields, backend);
  const meant = names.find((name) => bare(name) === bare(key));
  if (meant !== undefined) return `Spell it ${meant}.`;
  const home = HOMES.find(([other]) => other !== message && schema.has(other) && schema.fields(other).has(key));
  if (home !== undefined) return `Put it into ${home[1]}.`;
  return names.length === 0 ? 'Leave it out: nothing stands here.' : `Leave it out, or use one of ${names.join(', ')}.`;
}

/** What a field takes instead of a value that it does not hold. */
export function remedyForValue(type: FieldType, schema: Schema, backend: Backend | null): string {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.name];
    case 'enum': {
      const [, ...values] = schema.enum(type.name).values;
      return `Choose one of ${(values.length > 0 ? values : schema.enum(type.name).values).join(', ')}.`;
    }
    case 'message': {
      const names = namesOf(schema.fields(type.name), backend);
      return names.length === 0 ? 'Give an empty object.' : `Give an object, with any of ${names.join(', ')}.`;
    }
    case 'map':
    case 'struct':
      return 'Give an object of names and values.';
    case 'value':
      return 'Give any JSON.';
    default:
      return type satisfies never;
  }
}

function namesOf(fields: ReadonlyMap<string, Field>, backend: Backend | null): string[] {
  const known = [...fields.values()].filter(
    (field) => field.backend === null || backend === null || field.backend === backend,
  );
  return [...new Set(known.map((field) => field.name))];
}

function bare(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
