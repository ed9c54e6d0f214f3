import type { Backend } from '../backend.ts';
import type { ScalarType } from './scalars.ts';
import type { EnumTable, SchemaTable } from './table.ts';

/** What one value of a field is. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly name: ScalarType }
  | { readonly kind: 'enum'; readonly name: string }
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'map'; readonly value: FieldType }
  /** An opaque object. */
  | { readonly kind: 'struct' }
  /** Any JSON. */
  | { readonly kind: 'value' };

/** One field of a message, read from its table. */
export interface Field {
  /** lowerCamelCase. */
  readonly name: string;
  /** The proto name, snake_case, as error paths show it. */
  readonly protoName: string;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** The only backend that knows the field; `null`: both do. */
  readonly backend: Backend | null;
  readonly oneof: string | null;
}

/** The fields of one message by either spelling. */
export type Fields = ReadonlyMap<string, Field>;

/** One enum, read from its table. */
export interface EnumValues {
  /** As errors quote it, such as `GenerationConfig.Modality`. */
  readonly protoName: string;
  /** In the order of their numbers. */
  readonly values: readonly string[];
}

/** Tables made quick to look up. A message is read the first time it is met. */
export class Schema {
  readonly #tables: readonly SchemaTable[];
  readonly #enumTables: readonly EnumTable[];
  readonly #messages = new Map<string, Fields>();
  readonly #enums = new Map<string, EnumValues>();

  constructor(tables: readonly SchemaTable[], enumTables: readonly EnumTable[]) {
    this.#tables = tables;
    this.#enumTables = enumTables;
  }

  /** Whether a table names this message. */
  has(message: string): boolean {
    return this.#tables.some((table) => Object.hasOwn(table, message));
  }

  /** Fields of a message that a table names. */
  fields(message: string): Fields {
    let fields = this.#messages.get(message);
    if (fields === undefined) {
      fields = readFields(find(this.#tables, message));
      this.#messages.set(message, fields);
    }
    return fields;
  }

  /** Values of an enum that a table names. */
  enum(name: string): EnumValues {
    let values = this.#enums.get(name);
    if (values === undefined) {
      const [protoName, ...rest] = find(this.#enumTables, name);
      values = { protoName, values: rest };
      this.#enums.set(name, values);
    }
    return values;
  }
}

/** `silenceDurationMs` → `silence_duration_ms`. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function find<T>(tables: readonly Readonly<Record<string, T>>[], name: string): T {
  for (const table of tables) {
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry !== undefined) return entry;
  }
  throw new TypeError(`The schema tables name ${JSON.stringify(name)} but do not define it; add it to one of them.`);
}

function readFields(table: Readonly<Record<string, string>>): Fields {
  const fields = new Map<string, Field>();
  for (const [name, text] of Object.entries(table)) {
    const field = readField(name, text);
    fields.set(name, field).set(field.protoName, field);
  }
  return fields;
}

function readField(name: string, text: string): Field {
  const [type = '', ...words] = text.split(' ');
  const repeated = type.endsWith('[]');
  return {
    name,
    protoName: toSnakeCase(name),
    type: readType(repeated ? type.slice(0, -2) : type),
    repeated,
    backend: words.includes('gemini') ? 'gemini' : words.includes('vertex') ? 'vertex' : null,
    oneof: words.find((word) => word.startsWith('oneof='))?.slice('oneof='.length) ?? null,
  };
}

function readType(type: string): FieldType {
  if (type === 'struct' || type === 'value') return { kind: type };
  if (type.startsWith('enum:')) return { kind: 'enum', name: type.slice('enum:'.length) };
  if (type.startsWith('map<')) return { kind: 'map', value: readType(type.slice('map<'.length, -1)) };
  // Messages start with a capital, scalars do not.
  return /^[A-Z]/.test(type) ? { kind: 'message', name: type } : { kind: 'scalar', name: type as ScalarType };
}
